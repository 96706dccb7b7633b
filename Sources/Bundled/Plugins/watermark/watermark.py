"""The plugin `watermark`: stamps texts and pictures on pictures and on the pages of PDF documents."""

import math
import os
import re
import sys
import tempfile

# Python runs isolated (-I), without the script's folder on its path.
sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.environ.get("CLOISTER_SDK", "/sdk"), "python")]
sys.dont_write_bytecode = True

import documents  # noqa: E402
import pictures  # noqa: E402
from cloister import Failure, Plugin, codes  # noqa: E402
from stamps import Stamp  # noqa: E402

SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/tiff": ".tif", "application/pdf": ".pdf"}
POSITIONS = ("center", "top", "bottom", "left", "right", "top-left", "top-right", "bottom-left", "bottom-right", "tile")
USUAL = {"text": "", "position": "center", "size": 60, "angle": 30, "opacity": 0.3, "color": "#808080"}
STAMP_KINDS = {"image/jpeg", "image/png", "image/webp", "image/tiff", "image/gif"}

plugin = Plugin("watermark", "1.0.0")


@plugin.tool("stamp")
def stamp(call, input):
    document = call.document()
    image = call.document("image") if input.get("image") is not None else None
    if (image is None) == (input.get("text") is None):
        raise Failure(codes.INVALID_PARAMETERS, "either text or image says what to stamp")
    if image is not None and image.sniff() not in STAMP_KINDS:
        raise Failure(codes.INVALID_PARAMETERS, "image is not a picture", "JPEG, PNG, WebP, TIFF and GIF are")
    return stamped(call, document, input, image)


@plugin.filter("stamp")
def stamp_content(call, value, context):
    if not str(plugin.configuration.get("text", "")).strip():
        return value
    document = call.open(value["document"]["document"])
    if document.sniff() not in SUFFIXES:
        return value
    made = stamped(call, document, {}, None)
    return {**value, "document": {name: made[name] for name in ("document", "name", "mediaType", "size")}}


def stamped(call, document, values, image):
    kind = document.sniff()
    if kind not in SUFFIXES:
        raise Failure(codes.INVALID_PARAMETERS, "nothing that can be stamped", "JPEG, PNG, WebP, TIFF and PDF can")
    wanted = wishes(values)
    with tempfile.TemporaryDirectory(prefix="stamp-") as folder:
        mark = Stamp(call, folder, wanted, image.path if image is not None else None)
        if kind == "application/pdf":
            path, pages = documents.stamped(call, folder, document.path, mark)
        else:
            path, pages = pictures.stamped(call, folder, document.path, SUFFIXES[kind], mark), 1
    made = call.create(path, document.name or "document", kind)
    return {**{name: made[name] for name in ("document", "name", "mediaType", "size")}, "pages": pages}


def wishes(values):
    """The call's wishes, or the configuration's, or the usual ones; checked."""
    wanted = {name: plugin.configuration.get(name, usual) if values.get(name) is None else values[name] for name, usual in USUAL.items()}
    for name, least, most in [("size", 1, 100), ("angle", -180, 180), ("opacity", 0.02, 1)]:
        value = wanted[name]
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or not least <= value <= most:
            raise Failure(codes.INVALID_PARAMETERS, f"{name} is a number from {least} to {most}")
    if wanted["position"] not in POSITIONS:
        raise Failure(codes.INVALID_PARAMETERS, f"position is one of {', '.join(POSITIONS)}")
    if not isinstance(wanted["color"], str) or not re.fullmatch("#[0-9A-Fa-f]{6}", wanted["color"]):
        raise Failure(codes.INVALID_PARAMETERS, "color is written #RRGGBB")
    if not isinstance(wanted["text"], str) or len(wanted["text"]) > 200 or any(ord(letter) < 32 and letter != "\n" for letter in wanted["text"]):
        raise Failure(codes.INVALID_PARAMETERS, "text has at most 200 characters, and no control characters")
    return wanted


if __name__ == "__main__":
    plugin.run()
