"""The plugin `privacy-strip`: photographs and documents without what they tell about people and places."""

import os
import sys

# Python runs isolated (-I), without the script's folder on its path.
sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.environ.get("CLOISTER_SDK", "/sdk"), "python")]
sys.dont_write_bytecode = True

from cloister import Failure, Plugin, codes  # noqa: E402
from removal import WRITABLE, remove, remove_one_by_one  # noqa: E402
from rules import KINDS, MODES  # noqa: E402
from tags import tags_of  # noqa: E402

MOST_NAMES = 1000

plugin = Plugin("privacy-strip", "1.0.0")


@plugin.tool("strip")
def strip(call, input):
    document = call.document()
    made, removed = stripped(call, document, kind_of(document), mode_of(input))
    return {**{name: made[name] for name in ("document", "name", "mediaType", "size")}, "removed": removed}


@plugin.tool("inspect")
def inspect(call, input):
    document = call.document()
    return {"mediaType": kind_of(document), "found": names(matching(call, document.path, mode_of(input)))}


@plugin.filter("strip")
def strip_content(call, value, context):
    document = call.open(value["document"]["document"])
    kind = document.sniff()
    if kind not in KINDS:
        return value
    made, _ = stripped(call, document, kind, mode_of({}))
    return {**value, "document": {name: made[name] for name in ("document", "name", "mediaType", "size")}}


def stripped(call, document, kind, mode):
    """The new document, and the names of what is gone. Nothing is made unless looking again finds nothing."""
    path = remove(call, document.path, kind, mode)
    left = matching(call, path, mode)
    if left and kind in WRITABLE:
        path = remove_one_by_one(call, path, kind, left)
        left = matching(call, path, mode)
    if left:
        raise Failure(codes.PLUGIN_FAILED, f"not everything can be removed: {', '.join(names(left)[:5])}",
                      "the document is kept as it was; convert it to another format first")
    found = names(matching(call, document.path, mode))
    return call.create(path, document.name or "document", kind), found


def matching(call, path, mode):
    return [tag for tag in tags_of(call, path) if MODES[mode](tag)]


def names(tags):
    return [tag.name for tag in tags][:MOST_NAMES]


def kind_of(document):
    kind = document.sniff()
    if kind not in KINDS:
        raise Failure(codes.INVALID_PARAMETERS, "neither a picture nor a PDF", "JPEG, PNG, TIFF, WebP, GIF, HEIC, AVIF and PDF can be stripped")
    return kind


def mode_of(values):
    mode = values.get("remove") or plugin.configuration.get("remove", "personal")
    if mode not in MODES:
        raise Failure(codes.INVALID_PARAMETERS, "remove is gps, personal or all")
    return mode


if __name__ == "__main__":
    plugin.run()
