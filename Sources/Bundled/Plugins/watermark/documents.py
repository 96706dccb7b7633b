"""Stamps the pages of PDF documents: a document with nothing but stamps, laid over by qpdf."""

import os
import re
import zlib

import vips
from cloister import Failure, codes

MOST_PAGES = 5000
DOTS_PER_POINT = 150 / 72
LONGEST_STAMP = 2400
UNREADABLE = ("the document cannot be stamped", "it is not a PDF, or too damaged to be read as one")
SIZE = re.compile(rb"^Page +\d+ size: +([0-9.]+) x ([0-9.]+) pts", re.MULTILINE)
TURN = re.compile(rb"^Page +\d+ rot: +(\d+)", re.MULTILINE)


def stamped(call, folder, path, stamp):
    """The path of a new document, and how many pages it has."""
    # 0: it opens with a password only; 3: it is protected; 2: neither, or no PDF.
    if call.execute(["/usr/bin/qpdf", "--requires-password", path]).returncode in (0, 3):
        raise Failure(codes.PLUGIN_FAILED, "the document is encrypted", "take the protection off first")
    pages = sizes(call, path)
    overlay = os.path.join(folder, "overlay.pdf")
    with open(overlay, "wb") as file:
        file.write(written(call, folder, pages, stamp))
    made = call.new_file(".pdf")
    call.execute(["/usr/bin/qpdf", "--warning-exit-0", path, "--overlay", overlay, "--", made]).require(*UNREADABLE)
    return made, len(pages)


def sizes(call, path):
    """Width and height of every page as it is seen, in points."""
    done = call.execute(["/usr/bin/pdfinfo", "-f", "1", "-l", str(MOST_PAGES + 1), path]).require(*UNREADABLE)
    found = [(float(width), float(height)) for width, height in SIZE.findall(done.stdout)]
    turns = [int(turn) for turn in TURN.findall(done.stdout)]
    if len(found) > MOST_PAGES:
        raise Failure(codes.QUOTA_EXCEEDED, f"the document has more than {MOST_PAGES} pages")
    if not found or any(not 1 <= side <= 1e5 for page in found for side in page):
        raise Failure(codes.PLUGIN_FAILED, *UNREADABLE)
    turns += [0] * len(found)
    return [(height, width) if turn % 180 == 90 else (width, height) for (width, height), turn in zip(found, turns)]


def written(call, folder, pages, stamp):
    """A document of these pages; pages of one size share one stamp."""
    stamps, kids = {}, []
    objects = {1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b""}

    def add(body):
        objects[len(objects) + 1] = body
        return len(objects)

    for width, height in pages:
        size = (round(width), round(height))
        if size not in stamps:
            call.check()
            if len(stamps) == 50:
                raise Failure(codes.QUOTA_EXCEEDED, "the document has pages of more than 50 sizes")
            scale = min(DOTS_PER_POINT, LONGEST_STAMP / max(size))
            path, wide, high = stamp.made(round(size[0] * scale), round(size[1] * scale))
            name = add_picture(add, pixels(call, folder, path), wide, high)
            places = stamp.places(*size, max(1, round(wide / scale)), max(1, round(high / scale)))
            drawing = b"".join(b"q %.2f 0 0 %.2f %.2f %.2f cm /S Do Q\n" % (wide / scale, high / scale, x, size[1] - y - high / scale)
                               for x, y in places[:10_000])
            stamps[size] = name, add(b"<</Length %d>>stream\n%sendstream" % (len(drawing), drawing))
        name, drawing = stamps[size]
        kids.append(add(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Resources<</XObject<</S %d 0 R>>>>/Contents %d 0 R>>"
                        % (width, height, name, drawing)))
    objects[2] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))
    return assembled(objects)


def add_picture(add, pixels, wide, high):
    """The colours as one picture and how much of them is seen as another, its mask."""
    alpha, colours = pixels[3::4], bytearray(3 * wide * high)
    for band in range(3):
        colours[band::3] = pixels[band::4]
    kind = b"<</Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/Filter/FlateDecode" % (wide, high)
    alpha, colours = zlib.compress(alpha), zlib.compress(bytes(colours))
    mask = add(kind + b"/ColorSpace/DeviceGray/Length %d>>stream\n%s\nendstream" % (len(alpha), alpha))
    return add(kind + b"/ColorSpace/DeviceRGB/SMask %d 0 R/Length %d>>stream\n%s\nendstream" % (mask, len(colours), colours))


def pixels(call, folder, path):
    raw = os.path.join(folder, "pixels")
    vips.run(call, "rawsave", path, raw)
    with open(raw, "rb") as file:
        return file.read()


def assembled(objects):
    result, places = bytearray(b"%PDF-1.5\n"), []
    for number in sorted(objects):
        places.append(len(result))
        result += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    start = len(result)
    result += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(result + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
