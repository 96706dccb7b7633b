"""Tesseract, which reads one picture of a page."""

import glob
import os

from cloister import Failure, codes

DATA = "/usr/share/tesseract-ocr/*/tessdata/*.traineddata"
# `osd` tells scripts and directions; there is no language of that name.
NO_LANGUAGES = {"osd", "equ"}
UNREADABLE = ("the page cannot be read", "tesseract does not recognize the picture")


def known_languages():
    return {os.path.basename(path).removesuffix(".traineddata") for path in glob.glob(DATA)} - NO_LANGUAGES


def recognize(call, folder, picture, languages, dots, only_text):
    """The text, and the path of a PDF with the text behind the picture, or with `only_text` alone and not seen."""
    made = picture + "-read"
    # One thread: the sandbox has one processor, and more of them only get into each other's way.
    done = call.execute(
        ["/usr/bin/tesseract", picture, made, "-l", "+".join(languages), "--dpi", str(dots), "--psm", "1" if has_directions() else "3",
         "-c", f"textonly_pdf={int(only_text)}", "pdf", "txt"], folder=folder, environment={"OMP_THREAD_LIMIT": "1"})
    done.require(*UNREADABLE)
    if not os.path.exists(made + ".pdf"):
        raise Failure(codes.PLUGIN_FAILED, *UNREADABLE)
    with open(made + ".txt", encoding="utf-8", errors="replace") as file:
        return file.read().replace("\f", ""), made + ".pdf"


def has_directions():
    return bool(glob.glob(DATA.replace("*.traineddata", "osd.traineddata")))
