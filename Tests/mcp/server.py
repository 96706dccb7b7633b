#!/usr/bin/python3
"""An MCP server without dependencies, for tests: `server.py MODE`.

`modern` speaks revision 2026-07-28, `legacy` every one before it. The other modes are one of the two with one thing
wrong or odd, named by the mode. What the host sent is told by the tool `seen`.
"""
import json
import os
import sys
import threading
import time

MODE = sys.argv[1] if len(sys.argv) > 1 else "legacy"
MODERN = MODE.startswith("modern")
SEEN = []
LOCK = threading.Lock()
TOOLS = {
    "add": {
        "description": "Adds two numbers",
        "inputSchema": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
        },
        "outputSchema": {"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]},
    },
    "say": {"description": "Says something", "inputSchema": {"type": "object"}},
    "fail": {"description": "Fails", "inputSchema": {"type": "object"}},
    "image": {"description": "Answers with more than text", "inputSchema": {"type": "object"}},
    "lie": {"inputSchema": {"type": "object"}, "outputSchema": {"type": "object", "required": ["sum"]}},
    "slow": {"description": "Reports progress for a while", "inputSchema": {"type": "object"}},
    "stuck": {"description": "Reports the same progress for ever", "inputSchema": {"type": "object"}},
    "wait": {"description": "Never answers", "inputSchema": {"type": "object"}},
    "ask": {"description": "Wants a person's answer first", "inputSchema": {"type": "object"}},
    "grow": {"description": "Gives the server one tool more", "inputSchema": {"type": "object"}},
    "log": {"description": "Logs", "inputSchema": {"type": "object"}},
    "odd": {"inputSchema": {"type": "object", "properties": {"n": {"type": "numbr", "minimum": "low"}}}},
    "with space/and slash": {"inputSchema": {"type": "object"}},
    "environment": {"inputSchema": {"type": "object"}},
    "seen": {"description": "What the host sent", "inputSchema": {"type": "object"}},
}


def send(message):
    with LOCK:
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def answer(request, result):
    if MODERN:
        result = {"resultType": "complete", **result}
    send({"id": request["id"], "result": result})


def refuse(request, code, text, **data):
    send({"id": request["id"], "error": {"code": code, "message": text, **({"data": data} if data else {})}})


def text(words):
    return {"content": [{"type": "text", "text": words}]}


def listed(cursor):
    """Three tools a page."""
    names = list(TOOLS)
    start = int(cursor or 0)
    page = [{"name": name, **TOOLS[name]} for name in names[start : start + 3]]
    result = {"tools": page}
    if start + 3 < len(names):
        result["nextCursor"] = str(start + 3)
    return {**result, "ttlMs": 0, "cacheScope": "private"} if MODERN else result


def progress(token, seconds, rising):
    for step in range(int(seconds * 10)):
        time.sleep(0.1)
        send({"method": "notifications/progress", "params": {"progressToken": token, "progress": step if rising else 1}})


def call(request):
    parameters = request["params"]
    name, arguments = parameters["name"], parameters.get("arguments", {})
    if name == "add":
        total = arguments["a"] + arguments["b"]
        answer(request, {**text(str(total)), "structuredContent": {"sum": total}})
    elif name == "say":
        answer(request, text(json.dumps(arguments, ensure_ascii=False)))
    elif name == "fail":
        answer(request, {**text("no such table: lunch"), "isError": True})
    elif name == "image":
        blocks = [{"type": "image", "data": "aGk=", "mimeType": "image/png"}]
        blocks.append({"type": "resource_link", "uri": "file:///a", "name": "a"})
        answer(request, {"content": blocks})
    elif name == "lie":
        answer(request, {"content": [], "structuredContent": {"difference": 1}})
    elif name in ("slow", "stuck"):
        progress(parameters["_meta"]["progressToken"], 3 if name == "slow" else 30, name == "slow")
        answer(request, text("done"))
    elif name == "ask":
        if MODERN:
            asked = {"method": "elicitation/create", "params": {"message": "which?"}}
            send({"id": request["id"], "result": {"resultType": "input_required", "inputRequests": {"q": asked}}})
        else:
            send({"id": "q1", "method": "elicitation/create", "params": {"message": "which?"}})
            send({"id": "q2", "method": "roots/list"})
            send({"id": "q3", "method": "ping"})
            answer(request, text("asked"))
    elif name == "grow":
        TOOLS["grown"] = {"inputSchema": {"type": "object"}}
        send({"method": "notifications/tools/list_changed"})
        answer(request, text("grown"))
    elif name == "log":
        send({"method": "notifications/message", "params": {"level": "emergency", "logger": "db", "data": {"lost": 1}}})
        answer(request, text("logged"))
    elif name == "seen":
        answer(request, {**text(""), "structuredContent": {"seen": SEEN}})
    elif name == "environment":
        answer(request, {**text(""), "structuredContent": dict(os.environ)})
    elif name == "wait":
        pass
    elif name in TOOLS:
        answer(request, text(name))
    else:
        refuse(request, -32602, "Unknown tool: " + name)


def modern(request):
    meta = request.get("params", {}).get("_meta", {})
    version = meta.get("io.modelcontextprotocol/protocolVersion")
    if request["method"] == "initialize":
        return refuse(request, -32601, "Method not found")
    if version != "2026-07-28" or "io.modelcontextprotocol/clientCapabilities" not in meta:
        return refuse(request, -32602, "a request without its version or capabilities")
    if request["method"] == "server/discover":
        capabilities = {"tools": {"listChanged": True}}
        versions = ["2099-01-01"] if MODE == "modern-future" else ["2026-07-28"]
        answer(request, {"supportedVersions": versions, "capabilities": capabilities, "ttlMs": 0, "cacheScope": "private"})
    elif request["method"] == "subscriptions/listen":
        send({"method": "notifications/subscriptions/acknowledged", "params": {}})
    elif request["method"] == "ping":
        refuse(request, -32601, "ping is no more")
    else:
        both(request)


def legacy(request):
    method = request["method"]
    if method == "server/discover" and MODE == "silent-on-discover":
        return None
    if method == "server/discover" and MODE == "dies-on-discover":
        sys.exit("what is server/discover?")
    if method == "initialize":
        version = {"old": "2024-11-05", "wrong-version": "1999-01-01"}.get(MODE, "2025-11-25")
        if MODE == "wrong-id":
            request = {**request, "id": 4711}
        return answer(request, {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": {"name": "t"}})
    if method == "ping":
        return answer(request, {})
    return both(request)


def both(request):
    if request["method"] == "tools/list":
        if MODE == "crash-in-list":
            os._exit(3)
        if MODE == "many-tools":
            tools = [{"name": f"tool{n}", "inputSchema": {"type": "object"}} for n in range(10_000)]
            return answer(request, {"tools": tools})
        if MODE == "same-cursor":
            return answer(request, {"tools": [], "nextCursor": "again"})
        if MODE == "no-tools":
            return refuse(request, -32601, "Method not found")
        answer(request, listed(request.get("params", {}).get("cursor")))
    elif request["method"] == "tools/call":
        if MODE == "long-line":
            return answer(request, text("x" * (9 << 20)))
        threading.Thread(target=call, args=(request,), daemon=True).start()
    else:
        refuse(request, -32601, "Method not found")


if MODE == "banner":
    print("\n".join(["*** Welcome to the server ***", "loading…"] * 10), flush=True)
if MODE == "mute":
    time.sleep(600)
if MODE == "modern-slow":
    time.sleep(7)
for line in sys.stdin:
    message = json.loads(line)
    SEEN.append({key: message[key] for key in ("method", "id", "params") if key in message} if "method" in message else message)
    if "method" not in message or "id" not in message:
        continue
    if MODE == "modern-asks" and message["method"] == "tools/call":
        for number in range(3):
            send({"id": f"r{number}", "method": "roots/list"})
    (modern if MODERN else legacy)(message)
