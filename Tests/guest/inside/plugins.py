"""The bundled plugins on real files, as the installed service runs them."""
import hashlib
import json
import pathlib

from host import CLOISTER, PDF, PHOTO, as_service, cloister, expect, must, ours, user
from report import check, note


def plugin(name, tenant, document):
    """Registers a bundled plugin for a tenant and calls its first tool; only the caller may read the document."""
    must(CLOISTER, "plugin", "run", name, "--tenant", tenant)
    tool = cloister("plugin", "show", name, "--tenant", tenant)["tools"][0]["name"]
    return cloister("plugin", "call", name, tool, "--tenant", tenant, "--document", document)


@check("exif-metadata reads a photograph that only its caller may read")
def photograph():
    cloister("tenant", "create", "demo", "--memory", "512MiB", "--processes", "64", "--cpu", "1", "--disk", "1GiB")
    found = json.dumps(plugin("exif-metadata", "demo", PHOTO))
    expect("QV-R51" in found, found)


@check("pdf-text reads the text of a PDF")
def pdf():
    found = json.dumps(plugin("pdf-text", "demo", PDF))
    expect("Printer test page" in found, found)


@check("checksum, a Swift program, computes the digest of a file")
def digest():
    found = json.dumps(plugin("checksum", "demo", PHOTO))
    expect(hashlib.sha256(pathlib.Path(PHOTO).read_bytes()).hexdigest() in found, found)


@check("every plugin of every tenant runs as a user of its own")
def users():
    cloister("tenant", "create", "other")
    plugin("exif-metadata", "other", PHOTO)
    children = [child for child in cloister("status")["children"] if child["processID"]]
    expect(len(children) >= 4, f"expected four children, found {children}")
    owners = {}
    for child in children:
        owner = user(child["processID"])
        expect(owner is not None and ours(owner), f"{child} runs as {owner}")
        owners.setdefault(owner, set()).add((child["tenant"], child["plugin"]))
    expect(all(len(group) == 1 for group in owners.values()), str(owners))


@check("doctor --attack gets every expected result on this kernel")
def attack():
    status, text, errors = as_service("attack", f"{CLOISTER} doctor --attack --json", 300)
    expect(text.startswith("{"), f"exit {status}: {text}{errors}")
    attempts = json.loads(text)["attacks"]
    bad = [attempt for attempt in attempts if not attempt["holds"]]
    note(f"{len(attempts)} attempts")
    expect(len(attempts) >= 50, f"only {len(attempts)} attempts")
    expect(status == 0 and not bad, "\n".join(map(str, bad)))
