"""The pages of a PDF as words with their places, and as pictures with black boxes over some of the words."""

import bisect
import html
import os
import re
import zlib

import texts
from cloister import Failure, codes

RESOLUTION = 150
FONTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fonts.conf")
MOST_PIXELS = 9_000_000
"""Of one page: 27 MB while it is painted. A4 at 150 dpi has 2.2 million."""

PAGE = re.compile(r'\s*<page width="([0-9.]+)" height="([0-9.]+)">')
WORD = re.compile(r'\s*<word xMin="([0-9.-]+)" yMin="([0-9.-]+)" xMax="([0-9.-]+)" yMax="([0-9.-]+)">(.*)</word>')
MARGIN = 1.5
"""Points that a box is larger than its words: letters hang over the box that their font claims."""


class Page:
    """`text` is the words in reading order; `boxes` finds where a part of it stands, in points from the upper left."""

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.text = ""
        self._starts, self._places = [], []

    def add(self, place, word):
        if self._places:
            _, top, right, bottom = self._places[-1]
            together = min(bottom, place[3]) - max(top, place[1]) > 0.3 * min(bottom - top, place[3] - place[1])
            # What stands far to the right, or below, belongs to another field.
            near = 0 <= place[0] - right < 2 * max(1, bottom - top)
            self.text += (" " if near else "  ") if together and place[0] >= right - 1 else "\n"
        self._starts.append(len(self.text))
        self._places.append(place)
        self.text += word

    def boxes(self, start, end):
        """One box for each word that the part touches; words side by side share one, with the gap between them."""
        boxes = []
        for index in range(max(0, bisect.bisect_right(self._starts, start) - 1), bisect.bisect_left(self._starts, end)):
            left, top, right, bottom = self._places[index]
            if boxes and abs(boxes[-1][1] - top) < 2 and 0 <= left - boxes[-1][2] < 2 * (bottom - top):
                boxes[-1] = [boxes[-1][0], min(boxes[-1][1], top), right, max(boxes[-1][3], bottom)]
            else:
                boxes.append([left, top, right, bottom])
        return [[left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN] for left, top, right, bottom in boxes]


def read(call, path, most_bytes, most_pages):
    """The pages, all of them: a document with more is refused rather than read in part."""
    output = texts.of_pdf(call, path, most_bytes + 1, form="bbox")
    if len(output.encode()) > most_bytes:
        raise Failure(codes.QUOTA_EXCEEDED, "the document has more text than this plugin reads")
    pages, page = [], None
    for line in output.splitlines():
        if match := WORD.match(line):
            if page is not None:
                left, top, right, bottom = map(float, match.groups()[:4])
                page.add((left, top, max(left, right), max(top, bottom)), html.unescape(match[5]))
        elif match := PAGE.match(line):
            page = Page(float(match[1]), float(match[2]))
            pages.append(page)
            if len(pages) > most_pages:
                raise Failure(codes.QUOTA_EXCEEDED, f"the document has more than {most_pages} pages",
                              "split it, or raise most-pages in the configuration")
    if not pages:
        raise Failure(codes.PLUGIN_FAILED, "the document has no page that can be read", "it may be damaged")
    return pages


def painted(call, path, number, page, boxes):
    """The page as a picture, `(points wide, points high, width, height, RGB rows)`, with the boxes black."""
    longest = max(page.width, page.height, 1)
    resolution = min(RESOLUTION, 72 * (MOST_PIXELS / max(1, page.width * page.height)) ** 0.5, 72 * 12_000 / longest)
    done = call.execute(["pdftoppm", "-q", "-r", f"{resolution:.3f}", "-f", str(number), "-l", str(number), path],
                        limit=3 * MOST_PIXELS + (1 << 20), environment={"FONTCONFIG_FILE": FONTS})
    header = re.match(rb"P6\n(\d{1,6}) (\d{1,6})\n255\n", done.stdout)
    if done.returncode != 0 or not header:
        raise Failure(codes.PLUGIN_FAILED, f"page {number} cannot be drawn", "it may be damaged")
    width, height = int(header[1]), int(header[2])
    rows = bytearray(done.stdout[header.end():])
    if len(rows) != 3 * width * height:
        raise Failure(codes.PLUGIN_FAILED, f"page {number} cannot be drawn", "it may be damaged")
    scale = resolution / 72
    for box in boxes:
        left, top, right, bottom = (int(place * scale) for place in box)
        left, right = max(0, left), min(width, right + 1)
        for row in range(max(0, top), min(height, bottom + 1)):
            if left < right:
                start = 3 * (row * width + left)
                rows[start:start + 3 * (right - left)] = bytes(3 * (right - left))
    # What pdftotext calls the size of a turned page is its size before the turn.
    return width / scale, height / scale, width, height, rows


class PictureBook:
    """Writes a PDF that holds nothing but one picture per page: no text, no metadata, no attachments."""

    def __init__(self, path):
        self._file = open(path, "wb")
        self._places, self._pages = {}, []
        self._file.write(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._file.close()

    def _object(self, number, body):
        self._places[number] = self._file.tell()
        self._file.write(b"%d 0 obj\n" % number + body + b"\nendobj\n")

    def _stream(self, number, entries, data):
        self._object(number, b"<<%s/Length %d>>stream\n" % (entries, len(data)) + data + b"\nendstream")

    def add(self, points_wide, points_high, width, height, rows):
        first = 3 + 3 * len(self._pages)
        self._pages.append(first)
        self._object(first, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.3f %.3f]/Contents %d 0 R"
                     b"/Resources<</XObject<</I %d 0 R>>>>>>" % (points_wide, points_high, first + 1, first + 2))
        self._stream(first + 1, b"", b"q %.3f 0 0 %.3f 0 0 cm /I Do Q" % (points_wide, points_high))
        self._stream(first + 2, b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8"
                     b"/Filter/FlateDecode" % (width, height), zlib.compress(rows, 6))

    def finish(self):
        self._object(1, b"<</Type/Catalog/Pages 2 0 R>>")
        kids = b" ".join(b"%d 0 R" % page for page in self._pages)
        self._object(2, b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(self._pages), kids))
        table = self._file.tell()
        count = len(self._places) + 1
        self._file.write(b"xref\n0 %d\n0000000000 65535 f \n" % count)
        for number in range(1, count):
            self._file.write(b"%010d 00000 n \n" % self._places[number])
        self._file.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, table))
        self._file.flush()
        os.fsync(self._file.fileno())
