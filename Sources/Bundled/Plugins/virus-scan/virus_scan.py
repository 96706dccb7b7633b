"""The plugin `virus-scan`: keeps documents out that ClamAV knows to be harmful."""

import os
import re
import sys

# Python runs isolated (-I), without the script's folder on its path.
sys.path.insert(0, os.path.join(os.environ.get("CLOISTER_SDK", "/sdk"), "python"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import clamd  # noqa: E402
from cloister import Failure, Plugin, codes  # noqa: E402

plugin = Plugin("virus-scan", "1.0.0")
engine = None

ADDRESS = re.compile(r"(?:[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,8}|\[[0-9a-f:.]{2,45}\]):[1-9][0-9]{0,4}")


@plugin.configured
def configure(configuration):
    """A new configuration ends the old clamd; the next scan starts what it says."""
    global engine
    address, signatures = configuration.get("address", ""), configuration.get("signatures", "/usr/local/share/clamav")
    if address and not (ADDRESS.fullmatch(address) and int(address.rpartition(":")[2]) < 65536):
        raise Failure(codes.INVALID_CONFIGURATION, f"not an address: {address[:80]}", "a host and a port: clamd.internal:3310")
    # The home is /data, the folder of this file /plugin.
    folders = ("/usr", os.environ.get("HOME", "/data"), os.path.dirname(os.path.abspath(__file__)))
    if os.path.normpath(signatures) != signatures or not any(f"{signatures}/".startswith(f"{folder}/") for folder in folders):
        raise Failure(codes.INVALID_CONFIGURATION, f"not a folder that this plugin sees: {signatures[:80]}", "a folder below /data, /usr or /plugin")
    if engine is not None:
        engine.stop()
    engine = clamd.Elsewhere(address) if address else clamd.Own(signatures, most_bytes(configuration))


def most_bytes(configuration):
    return configuration.get("most-bytes", 64 << 20)


def scanned(call, document):
    """The name of what was found, or None. What cannot be scanned to its end raises."""
    if document.size > most_bytes(plugin.configuration):
        raise Failure(codes.QUOTA_EXCEEDED, f"the document has more than {most_bytes(plugin.configuration)} bytes",
                      "raise most-bytes in the configuration")
    with open(document.path, "rb") as file, engine.connection(call) as connection:
        return connection.scan(file)


@plugin.tool("scan")
def scan(call, input):
    found = scanned(call, call.document())
    return {"clean": found is None, "found": found}


@plugin.tool("engine")
def about(call, input):
    with engine.connection(call) as connection:
        return {"version": connection.ask(b"VERSION")[:200], "own": isinstance(engine, clamd.Own)}


@plugin.action("received")
def received(call, value, context):
    """Refuses a document by failing: with `onFailure: closed` in the manifest it does not get in."""
    document = value.get("document") if isinstance(value, dict) else None
    if not isinstance(document, dict) or not isinstance(document.get("document"), str):
        raise Failure(codes.INVALID_PARAMETERS, "the value of a document's event names no document")
    found = scanned(call, call.open(document["document"]))
    if found is not None:
        plugin.log("warning", f"{found} found in document {document['document'][:80]}")
        raise Failure(codes.PERMISSION_DENIED, f"document refused: {found} found", "ClamAV knows it to be harmful")


@plugin.closing
def close():
    if engine is not None:
        engine.stop()


plugin.run()
