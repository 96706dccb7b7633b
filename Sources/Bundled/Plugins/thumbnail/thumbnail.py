"""The plugin `thumbnail`: pictures and pages smaller, and in other formats."""

import hashlib
import os
import sys

# Python runs isolated (-I), without the script's folder on its path.
sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.environ.get("CLOISTER_SDK", "/sdk"), "python")]
sys.dont_write_bytecode = True

import pages  # noqa: E402
import pictures  # noqa: E402
from cloister import Failure, Plugin, codes  # noqa: E402

FORMATS = {"jpeg": ("image/jpeg", ".jpg"), "png": ("image/png", ".png"), "webp": ("image/webp", ".webp"), "tiff": ("image/tiff", ".tif")}
USUAL = {"width": 256, "height": 256, "fit": "contain", "format": "jpeg", "quality": 80}

plugin = Plugin("thumbnail", "1.0.0")


@plugin.tool("make")
def make(call, input):
    path, name, wanted = thumbnail(call, call.document(), input)
    return described(call, path, name, wanted["format"])


@plugin.tool("convert")
def convert(call, input):
    document, kind = checked(call.document())
    form, quality, maximum = choice(input, "format", FORMATS, None), number(input, "quality", 90), number(input, "maximum", 16384)
    if kind == "application/pdf":
        resolution = number(input, "resolution", 150)
        with pages.rendered(call, document.path, number(input, "page", 1), resolution=resolution, largest=maximum) as picture:
            path = pictures.resized(call, picture, (maximum, maximum), "contain", FORMATS[form][1], quality, keep=False)
    else:
        path = pictures.resized(call, document.path, (maximum, maximum), "contain", FORMATS[form][1], quality, keep=input.get("metadata") is True)
    return described(call, path, renamed(document.name, form), form)


@plugin.filter("preview")
def preview(call, value, context):
    document = value["document"]
    if document.get("mediaType") not in {*pictures.KINDS, "application/pdf"}:
        return value
    document = call.open(document["document"])
    settings = "-".join(str(setting(name, {})) for name in sorted(USUAL))
    key = f"of/{document.sha256}/{settings}"
    known = call.storage.get(key)
    if known is None or not exists(call, known["Document"]):
        if document.sniff() is None or call.storage.get(f"made/{document.sha256}"):
            return value  # a thumbnail of ours: it has none of its own
        path, name, wanted = thumbnail(call, document, {})
        # Before there is a document of it: its own hooks may run at once.
        call.storage.put(f"made/{digest(path)}", True)
        made = described(call, path, name, wanted["format"])
        known = {"Document": made["document"], "MediaType": made["mediaType"], "Width": made["width"], "Height": made["height"]}
        call.storage.put(key, known)
    return {**value, "metadata": {**value.get("metadata", {}), "Thumbnail": known}}


def exists(call, document):
    try:
        call.info(document)
        return True
    except Failure as failure:
        if failure.code != codes.NOT_FOUND:
            raise
        return False


def thumbnail(call, document, values):
    document, kind = checked(document)
    wanted = {name: setting(name, values) for name in USUAL}
    choice(wanted, "format", ("jpeg", "png", "webp"), None)
    choice(wanted, "fit", ("contain", "cover"), None)
    size = (number(wanted, "width", 0), number(wanted, "height", 0))
    suffix = FORMATS[wanted["format"]][1]
    if kind == "application/pdf":
        # Twice as large as it will be: the lines of small letters stay smooth.
        with pages.rendered(call, document.path, number(values, "page", 1), largest=2 * max(size)) as picture:
            path = pictures.resized(call, picture, size, wanted["fit"], suffix, wanted["quality"], keep=False)
    else:
        path = pictures.resized(call, document.path, size, wanted["fit"], suffix, wanted["quality"], keep=False)
    return path, renamed(document.name, wanted["format"], " thumbnail"), wanted


def checked(document):
    kind = document.sniff()
    if kind not in pictures.KINDS and kind != "application/pdf":
        raise Failure(codes.INVALID_PARAMETERS, "neither a picture nor a PDF", "JPEG, PNG, GIF, WebP, TIFF, HEIC, AVIF and PDF are")
    return document, kind


def described(call, path, name, form):
    width, height = pictures.size_of(call, path)
    made = call.create(path, name, FORMATS[form][0])
    return {**{member: made[member] for member in ("document", "name", "mediaType", "size")}, "width": width, "height": height}


def renamed(name, form, addition=""):
    stem = os.path.splitext(name)[0] or "document"
    while len(stem.encode("utf-8", "replace")) > 200:
        stem = stem[:-1]
    return stem + addition + FORMATS[form][1]


def setting(name, values):
    value = values.get(name)
    return plugin.configuration.get(name, USUAL[name]) if value is None else value


def number(values, name, usual):
    value = values.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 16384:
        raise Failure(codes.INVALID_PARAMETERS, f"{name} is a whole number from 1 to 16384")
    return value


def choice(values, name, choices, usual):
    value = values.get(name, usual)
    if value not in choices:
        raise Failure(codes.INVALID_PARAMETERS, f"{name} is one of {', '.join(choices)}")
    return value


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


if __name__ == "__main__":
    plugin.run()
