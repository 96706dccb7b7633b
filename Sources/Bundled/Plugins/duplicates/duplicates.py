"""The plugin `duplicates`: knows documents and photographs again."""

import hashlib
import os
import sys

# Python runs isolated (-I), without the script's folder on its path.
sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.environ.get("CLOISTER_SDK", "/sdk"), "python")]
sys.dont_write_bytecode = True

from cloister import Failure, Plugin, codes  # noqa: E402
from index import Entry, Index  # noqa: E402
from perceptual import KINDS, bits_apart, hashes  # noqa: E402

# A picture that differs in its gradients too is another one, however close the perceptual hash is.
MOST_GRADIENT = 14

plugin = Plugin("duplicates", "1.0.0")


@plugin.tool("compare")
def compare(call, input):
    first, second = (described(call, call.document(name)) for name in ("first", "second"))
    if first.perceptual is None or second.perceptual is None:
        return {"identical": first.sha256 == second.sha256, "similar": None, "distance": None, "gradient": None}
    distance, gradient = bits_apart(first.perceptual, second.perceptual), bits_apart(first.gradient, second.gradient)
    return {"identical": first.sha256 == second.sha256, "similar": distance <= tolerance() and gradient <= MOST_GRADIENT,
            "distance": distance, "gradient": gradient}


@plugin.tool("check")
def check(call, input):
    entry = described(call, call.document())
    exact, similar = found(call, entry)
    return {"sha256": entry.sha256, "perceptual": entry.perceptual, "exact": exact, "similar": similar}


@plugin.action("remember")
def remember(call, value, context):
    document = call.open(value["document"]["document"])
    entry = described(call, document)
    exact, similar = found(call, entry, beside=document.id)
    Index(call.storage).add(document.id, entry)
    if exact or similar:
        call.emit("duplicates.found", {"document": value["document"], "exact": exact, "similar": similar})


@plugin.action("forget")
def forget(call, value, context):
    Index(call.storage).remove(value["document"]["document"])


def described(call, document):
    digest = hashlib.sha256()
    with open(document.path, "rb") as file:
        while part := file.read(1 << 20):
            call.check()
            digest.update(part)
    perceptual, gradient = None, None
    if document.sniff() in KINDS:
        try:
            perceptual, gradient = hashes(call, document.path)
        except Failure as failure:
            if failure.code not in (codes.PLUGIN_FAILED, codes.QUOTA_EXCEEDED):
                raise
            # What cannot be decoded can still be the same, byte for byte.
    return Entry(digest.hexdigest(), perceptual, gradient, document.name)


def found(call, entry, beside=None):
    """The documents that are the same, and those that look the same and are not the same."""
    index = Index(call.storage)
    exact = [{"document": name, "name": other.name, "distance": 0} for name, other in index.same(entry.sha256) if name != beside]
    known = {match["document"] for match in exact} | {beside}
    similar = []
    if entry.perceptual is not None:
        for name, distance in index.close(entry.perceptual, tolerance()):
            other = index.entry(name) if name not in known else None
            if other is not None and bits_apart(entry.gradient, other.gradient) <= MOST_GRADIENT:
                similar.append({"document": name, "name": other.name, "distance": distance})
    return exact[:100], sorted(similar, key=lambda match: (match["distance"], match["document"]))[:100]


def tolerance():
    return plugin.configuration.get("distance", 5)


if __name__ == "__main__":
    plugin.run()
