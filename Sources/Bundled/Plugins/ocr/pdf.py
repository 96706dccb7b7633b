"""PDF documents: which pages have text, pages as pictures (poppler), and a text laid behind them (qpdf)."""

import os
import re
import shutil

from cloister import Failure, codes

UNREADABLE = ("the document cannot be read", "it is not a PDF, or too damaged to be read as one")
LOCKED = ("the document is encrypted", "take the protection off first")
PAGES = re.compile(rb"^Pages: +(\d{1,9})$", re.MULTILINE)
SIZE = re.compile(rb"^Page +\d+ size: +([0-9.]+) x ([0-9.]+) pts", re.MULTILINE)
MOST_PIXELS = 40_000_000
# Below this nothing can be read; such a page is a poster.
LEAST_DOTS = 50


def page_count(call, path):
    # 0: it opens with a password only; 3: it is protected against being changed.
    if call.execute(["/usr/bin/qpdf", "--requires-password", path]).returncode in (0, 3):
        raise Failure(codes.PLUGIN_FAILED, *LOCKED)
    done = call.execute(["/usr/bin/pdfinfo", path]).require(*UNREADABLE)
    found = PAGES.findall(done.stdout)
    if not found or int(found[-1]) == 0:
        raise Failure(codes.PLUGIN_FAILED, *UNREADABLE)
    return int(found[-1])


def texts(call, path, count):
    """What is written on each page already; an empty text for one that is a picture only."""
    done = call.execute(["/usr/bin/pdftotext", "-q", "-enc", "UTF-8", path, "-"], limit=64 * 1024 * 1024)
    done.require(*UNREADABLE)
    found = [text.strip() for text in done.stdout.decode("utf-8", "replace").split("\f")]
    return (found + [""] * count)[:count]


def rendered(call, folder, path, number, resolution):
    """A page as a picture in grey, and its dots per inch: fewer where the page is very large."""
    done = call.execute(["/usr/bin/pdfinfo", "-f", str(number), "-l", str(number), path]).require(*UNREADABLE)
    size = SIZE.search(done.stdout)
    width, height = (float(size[1]), float(size[2])) if size is not None else (0, 0)
    if width <= 0 or height <= 0:
        raise Failure(codes.PLUGIN_FAILED, *UNREADABLE)
    dots = min(resolution, int((MOST_PIXELS / (width * height)) ** 0.5 * 72))
    if dots < LEAST_DOTS:
        raise Failure(codes.QUOTA_EXCEEDED, f"page {number} is too large to be read", "split it, or read it with fewer dots per inch")
    picture = os.path.join(folder, f"page{number}")
    call.execute(["/usr/bin/pdftoppm", "-q", "-cropbox", "-gray", "-png", "-r", str(dots), "-f", str(number), "-l", str(number), "-singlefile",
                  path, picture]).require(*UNREADABLE)
    if not os.path.exists(picture + ".png"):
        raise Failure(codes.PLUGIN_FAILED, *UNREADABLE)
    return picture + ".png", dots


def laid_over(call, folder, path, layers):
    """The path of a new document with the layers behind its pages, which themselves stay as they are."""
    made = call.new_file(".pdf")
    if not layers:
        call.execute(["/usr/bin/qpdf", "--warning-exit-0", path, made]).require(*UNREADABLE)
        return made
    together = os.path.join(folder, "layers.pdf")
    call.execute(["/usr/bin/qpdf", "--empty", "--pages", *(layer for _, layer in layers), "--", together]).require(*UNREADABLE)
    numbers = ",".join(str(number) for number, _ in layers)
    call.execute(["/usr/bin/qpdf", "--warning-exit-0", path, "--overlay", together, f"--to={numbers}", "--", made]).require(*UNREADABLE)
    return made


def taken(call, path):
    made = call.new_file(".pdf")
    shutil.copyfile(path, made)
    return made
