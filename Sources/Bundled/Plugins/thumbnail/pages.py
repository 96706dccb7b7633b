"""Pages of PDF documents as pictures, rendered by Ghostscript without access to other files."""

import os
import re
import tempfile

from cloister import Failure, codes

UNREADABLE = ("the document cannot be rendered", "it is not a PDF, or too damaged to be read as one")
PAGES = re.compile(rb"^Pages: +(\d{1,9})$", re.MULTILINE)
SIZE = re.compile(rb"^Page +\d+ size: +([0-9.]+) x ([0-9.]+) pts", re.MULTILINE)
TURN = re.compile(rb"^Page +\d+ rot: +(\d+)", re.MULTILINE)


class rendered:
    """`with rendered(…) as picture`: a page with at most `largest` pixels on its longer side, and `resolution` if given."""

    def __init__(self, call, path, page, largest, resolution=None):
        self._call = call
        self._path = path
        self._page = page
        self._largest = largest
        self._resolution = resolution

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="page-")
        try:
            return self._render(os.path.join(self._folder.name, "document.pdf"), os.path.join(self._folder.name, "page.png"))
        except BaseException:
            self._folder.cleanup()
            raise

    def __exit__(self, *error):
        self._folder.cleanup()

    def _render(self, link, picture):
        os.symlink(self._path, link)
        width, height = self._points(link)
        scale = self._largest / max(width, height)
        if self._resolution is not None:
            scale = min(scale, self._resolution / 72)
        pixels = f"-g{max(1, round(width * scale))}x{max(1, round(height * scale))}"
        done = self._call.execute([
            "/usr/bin/gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-dNOPROMPT", "-dNOINTERPOLATE", "-sDEVICE=png16m", "-dPDFFitPage",
            f"-dFirstPage={self._page}", f"-dLastPage={self._page}", "-dUseCropBox", "-dTextAlphaBits=4", "-dGraphicsAlphaBits=4", pixels,
            f"-sOutputFile={picture}", link])
        done.require(*UNREADABLE)
        if not os.path.exists(picture):
            raise Failure(codes.PLUGIN_FAILED, *UNREADABLE)
        return picture

    def _points(self, link):
        done = self._call.execute(["/usr/bin/pdfinfo", "-f", str(self._page), "-l", str(self._page), link])
        if b"Incorrect password" in done.stderr:
            raise Failure(codes.PLUGIN_FAILED, "the document is encrypted", "it opens with a password only")
        if b"Wrong page range" in done.stderr:
            raise Failure(codes.INVALID_PARAMETERS, f"there is no page {self._page}")
        done.require(*UNREADABLE)
        count, size, turn = PAGES.search(done.stdout), SIZE.search(done.stdout), TURN.search(done.stdout)
        if count is not None and self._page > int(count[1]):
            raise Failure(codes.INVALID_PARAMETERS, f"there is no page {self._page}", f"the last page is {int(count[1])}")
        if size is None or not (0.1 < float(size[1]) < 1e5 and 0.1 < float(size[2]) < 1e5):
            raise Failure(codes.PLUGIN_FAILED, *UNREADABLE)
        width, height = float(size[1]), float(size[2])
        return (height, width) if turn is not None and int(turn[1]) % 180 == 90 else (width, height)
