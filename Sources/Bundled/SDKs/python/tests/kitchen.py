"""A plugin that does one thing per tool, for the tests of the SDK."""

import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.environ["CLOISTER_SDK"], "python"))
sys.dont_write_bytecode = True
from cloister import Failure, Plugin, codes  # noqa: E402

plugin = Plugin("kitchen", "1.2.3", threads=int(os.environ.get("THREADS", "1")), patience=float(os.environ.get("PATIENCE", "30")))
print("printed before run")


@plugin.configured
def check(configuration):
    if configuration.get("language") == "klingon":
        raise Failure(codes.INVALID_CONFIGURATION, "no such language: klingon", "known: eng")
    if configuration.get("language") == "defect":
        raise RuntimeError("in the check")


@plugin.tool("echo")
def echo(call, input):
    return input


@plugin.tool("settings")
def settings(call, input):
    return {"configuration": plugin.configuration, "grants": plugin.grants, "tenant": plugin.tenant}


@plugin.tool("print")
def write(call, input):
    print("a stray line")
    sys.stdout.write("half a line")
    os.write(1, b"raw\n")
    subprocess.run(["/bin/sh", "-c", "echo from a child; cat"])  # cat would eat the messages
    return {}


@plugin.tool("sleep")
def sleep(call, input):
    until = time.monotonic() + input.get("seconds", 60)
    while time.monotonic() < until:
        call.check()
        time.sleep(0.005)
    return {"slept": True}


@plugin.tool("stubborn")
def stubborn(call, input):
    time.sleep(120)


together = threading.Barrier(3)


@plugin.tool("meet")
def meet(call, input):
    """Ends only when three of them work at once."""
    together.wait(20)
    return {}


@plugin.tool("fail")
def fail(call, input):
    raise Failure(input["code"], input["message"], input.get("hint"), detail=input.get("detail"), retry_after=input.get("after"))


@plugin.tool("defect")
def defect(call, input):
    if input.get("exit"):
        sys.exit(3)
    raise KeyError("secret words of a document")


@plugin.tool("unspeakable")
def unspeakable(call, input):
    return {"set": {1}, "nan": float("nan"), "loop": None, "half": "\ud800"}[input["kind"]]


@plugin.tool("large")
def large(call, input):
    return {"text": "x" * input["bytes"]}


@plugin.tool("progress")
def progress(call, input):
    for step in range(input["steps"]):
        time.sleep(input["seconds"])
        call.progress(step + 1, input["steps"], f"step {step + 1}")
    return {"left": call.seconds_left()}


@plugin.tool("execute")
def execute(call, input):
    done = call.execute(input["arguments"], input=input["stdin"].encode() if "stdin" in input else None, limit=input.get("limit", 1 << 20),
                        cut=input.get("cut", False))
    if input.get("require"):
        done.require("the program refuses the document", "give it another")
    return {"status": done.returncode, "output": done.stdout.decode(), "errors": len(done.stderr), "truncated": done.truncated}


@plugin.tool("read")
def read(call, input):
    document = call.document("document")
    with open(document.path, "rb") as file:
        return {"name": document.name, "size": document.size, "start": file.read(16).decode("latin-1")}


@plugin.tool("copy")
def copy(call, input):
    document = call.open(input["document"])
    path = call.new_file(".copy")
    with open(document.path, "rb") as source, open(path, "wb") as target:
        target.write(source.read())
    return {"made": call.create(path, "copy of " + document.name, document.media_type), "path": path, "sha256": document.sha256}


@plugin.tool("store")
def store(call, input):
    storage = call.storage
    storage.put("a/1", {"n": 1})
    storage.put("a/2", [2])
    storage.put("b/1", None)
    first, cursor = storage.list("a/", limit=1)
    return {"get": storage.get("a/1"), "absent": storage.get("c"), "first": first, "cursor": cursor, "all": list(storage.keys("a/")),
            "deleted": [storage.delete("a/1"), storage.delete("a/1")]}


@plugin.tool("ask")
def ask(call, input):
    return call.request(input["method"], input.get("parameters", {}))


@plugin.tool("events")
def events(call, input):
    plugin.log("warning", "something")
    call.emit("kitchen.done", {"n": 1})
    return {"secret": call.secret("token")}


@plugin.tool("delete")
def delete(call, input):
    call.delete(input["document"])
    return {}


@plugin.action("tell")
def tell(call, value, context):
    call.emit("kitchen.told", value)


@plugin.filter("shout")
def shout(call, value, context):
    return {**value, "text": value["text"].upper(), "hook": context["hook"], "run": context["id"]}


@plugin.filter("forgetful")
def forgetful(call, value, context):
    pass


@plugin.action("note")
def note(call, value, context):
    plugin.log("info", f"noted {value['text']}")
    return "passed over"


@plugin.closing
def close():
    if "CLOSED" in os.environ:
        open(os.environ["CLOSED"], "w").close()


plugin.run()
