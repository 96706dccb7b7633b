"""The plugin `ocr`: scanned pages with a text behind them that can be searched and copied."""

import os
import re
import sys
import tempfile

# Python runs isolated (-I), without the script's folder on its path.
sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.environ.get("CLOISTER_SDK", "/sdk"), "python")]
sys.dont_write_bytecode = True

import pdf  # noqa: E402
import pictures  # noqa: E402
from cloister import Failure, Plugin, codes  # noqa: E402
from tesseract import known_languages, recognize  # noqa: E402

LANGUAGE = re.compile(r"[a-z]{3}([_-][A-Za-z]+)*")
# Of one page in the answer; the document has all of it.
LONGEST_TEXT = 64 * 1024

plugin = Plugin("ocr", "1.0.0")


@plugin.configured
def check(configuration):
    try:
        languages_of(configuration.get("languages", ["eng"]))
    except Failure as failure:
        raise Failure(codes.INVALID_CONFIGURATION, failure.message, failure.hint) from None


@plugin.tool("recognize")
def make(call, input):
    document = call.document()
    kind = document.sniff()
    if kind not in pictures.KINDS and kind != "application/pdf":
        raise Failure(codes.INVALID_PARAMETERS, "neither a picture nor a PDF", "JPEG, PNG, WebP, TIFF, GIF and PDF are")
    languages = languages_of(input.get("languages") or plugin.configuration.get("languages", ["eng"]))
    resolution = input.get("resolution", plugin.configuration.get("resolution", 300))
    if isinstance(resolution, bool) or not isinstance(resolution, int) or not 100 <= resolution <= 600:
        raise Failure(codes.INVALID_PARAMETERS, "resolution is a whole number from 100 to 600")
    with tempfile.TemporaryDirectory(prefix="ocr-") as folder:
        path, pages = searchable_pdf(call, folder, document.path, kind, languages, resolution)
    made = call.create(path, renamed(document.name), "application/pdf")
    return {**{name: made[name] for name in ("document", "name", "mediaType", "size")}, "pages": fitting(pages)}


@plugin.filter("searchable")
def searchable(call, value, context):
    document = call.open(value["document"]["document"])
    if document.sniff() != "application/pdf":
        return value
    count = pdf.page_count(call, document.path)
    if count > plugin.configuration.get("pages", 50) or all(pdf.texts(call, document.path, count)):
        return value
    with tempfile.TemporaryDirectory(prefix="ocr-") as folder:
        path, pages = searchable_pdf(call, folder, document.path, "application/pdf", languages_of(plugin.configuration.get("languages", ["eng"])),
                                     plugin.configuration.get("resolution", 300))
    if not any(page["recognized"] and page["text"].strip() for page in pages):
        return value  # empty pages and drawings: there is nothing to search for
    made = call.create(path, document.name or "document.pdf", "application/pdf")
    return {**value, "document": {name: made[name] for name in ("document", "name", "mediaType", "size")}}


def searchable_pdf(call, folder, path, kind, languages, resolution):
    """The path of a new document, and what is written on its pages."""
    if kind != "application/pdf":
        picture = pictures.upright(call, folder, path)
        text, made = recognize(call, folder, picture, languages, 300, only_text=False)
        return pdf.taken(call, made), [{"number": 1, "text": text, "recognized": True}]
    count = pdf.page_count(call, path)
    most = plugin.configuration.get("pages", 50)
    if count > most:
        raise Failure(codes.QUOTA_EXCEEDED, f"the document has {count} pages", f"{most} are read at once; the plugin's configuration says how many")
    pages, layers = [], []
    for number, text in enumerate(pdf.texts(call, path, count), 1):
        call.progress(number - 1, count, f"page {number} of {count}")
        if text:
            pages.append({"number": number, "text": text, "recognized": False})
            continue
        picture, dots = pdf.rendered(call, folder, path, number, resolution)
        text, layer = recognize(call, folder, picture, languages, dots, only_text=True)
        os.unlink(picture)
        layers.append((number, layer))
        pages.append({"number": number, "text": text, "recognized": True})
    return pdf.laid_over(call, folder, path, layers), pages


def languages_of(names):
    known = known_languages()
    for name in names if isinstance(names, list) else [names]:
        if not isinstance(name, str) or not LANGUAGE.fullmatch(name):
            raise Failure(codes.INVALID_PARAMETERS, "a language is a name such as eng or deu")
        if name not in known:
            raise Failure(codes.INVALID_PARAMETERS, f"no such language on this host: {name}",
                          f"known: {', '.join(sorted(known)) or 'none'}; others are in packages tesseract-ocr-NAME")
    return list(names)


def fitting(pages):
    """What one answer has room for."""
    room = plugin.line_limit // 8
    result = []
    for page in pages:
        text = page["text"][:min(LONGEST_TEXT, max(0, room))]
        room -= len(text)
        result.append({**page, "text": text})
    return result


def renamed(name):
    stem = os.path.splitext(name)[0] or "document"
    while len(stem.encode("utf-8", "replace")) > 200:
        stem = stem[:-1]
    return stem + ".pdf"


if __name__ == "__main__":
    plugin.run()
