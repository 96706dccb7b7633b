"""Two hashes of what a picture looks like: 64 bits of its lowest frequencies, and 64 of its gradients.

Both are made of the pixels that libvips decodes, upright and in grey, so that another format, size or quality changes a
few bits at most. The first is the one that is known as pHash (a discrete cosine transform of 32 by 32 pixels, of which
the 64 lowest frequencies but the mean are compared with their median), the second as dHash.
"""

import math
import os
import tempfile

from cloister import Failure, codes

KINDS = {"image/jpeg", "image/png", "image/gif", "image/webp", "image/tiff", "image/heic", "image/avif"}
# No decoders beyond these kinds, no machine code made at run time (the sandbox would not run it), one processor.
ENVIRONMENT = {"VIPS_BLOCK_UNTRUSTED": "1", "VIPS_NOVECTOR": "1", "VIPS_CONCURRENCY": "1"}
MOST_PIXELS = 200_000_000
UNREADABLE = ("the picture cannot be read", "it is damaged, or not what it seems to be")
SIDE, LOW = 32, 8
# A picture of one colour has no frequencies but noise: it would look like any other.
LEAST_CONTRAST = 2.0

COSINES = [[math.cos(math.pi * (2 * place + 1) * frequency / (2 * SIDE)) for place in range(SIDE)] for frequency in range(LOW + 1)]


def hashes(call, path):
    """Both hashes as 16 hexadecimal digits, or None for a picture with nothing on it."""
    pixels = grey(call, path)
    mean = sum(map(sum, pixels)) / SIDE**2
    if math.sqrt(sum((value - mean) ** 2 for row in pixels for value in row) / SIDE**2) < LEAST_CONTRAST:
        return None, None
    return f"{frequencies(pixels):016x}", f"{gradients(pixels):016x}"


def frequencies(pixels):
    rows = [[sum(value * cosine for value, cosine in zip(row, COSINES[across])) for across in range(LOW + 1)] for row in pixels]
    # From the first frequency on: the mean and what runs along the edges only tells how bright the picture is.
    values = [sum(rows[place][across] * COSINES[down][place] for place in range(SIDE))
              for down in range(1, LOW + 1) for across in range(1, LOW + 1)]
    median = sorted(values)[len(values) // 2]
    return packed(value > median for value in values)


def gradients(pixels):
    """Whether it becomes brighter from left to right, in 8 rows of 9 places."""
    def mean(row, column):
        rows = range(row * SIDE // 8, (row + 1) * SIDE // 8)
        columns = range(column * SIDE // 9, (column + 1) * SIDE // 9)
        return sum(pixels[y][x] for y in rows for x in columns) / (len(rows) * len(columns))
    places = [[mean(row, column) for column in range(9)] for row in range(8)]
    return packed(right > left for row in places for left, right in zip(row, row[1:]))


def packed(bits):
    value = 0
    for bit in bits:
        value = value << 1 | bit
    return value


def bits_apart(first, second):
    return bin(int(first, 16) ^ int(second, 16)).count("1")


def grey(call, path):
    """The picture as 32 rows of 32 values from 0 to 255."""
    with tempfile.TemporaryDirectory(prefix="look-") as folder:
        # A name of ours: libvips reads options out of brackets in names.
        link, small, plain, raw = (os.path.join(folder, name) for name in ("document", "small.png", "plain.png", "raw"))
        os.symlink(path, link)
        width, height = (size(call, link, side) for side in ("width", "height"))
        if width * height > MOST_PIXELS:
            raise Failure(codes.QUOTA_EXCEEDED, f"the picture has {width} x {height} pixels")
        run(call, "vipsthumbnail", link, "--size", f"{SIDE}x{SIDE}!", "--output", f"{small}[strip]")
        if size(call, small, "bands") in (2, 4):
            # What is transparent is white, as it is on paper.
            flat = os.path.join(folder, "flat.png")
            run(call, "vips", "flatten", small, flat, "--background", "255")
            small = flat
        run(call, "vips", "colourspace", small, plain, "b-w")
        run(call, "vips", "rawsave", plain, raw)
        with open(raw, "rb") as file:
            content = file.read(SIDE * SIDE * 8)
    if len(content) % SIDE**2 or not content:
        raise Failure(codes.PLUGIN_FAILED, *UNREADABLE)
    # One byte for each, or two where the picture has 16 bits: then the first of a pair is the lower one.
    step = len(content) // SIDE**2
    values = content[step - 1::step]
    return [values[row * SIDE:(row + 1) * SIDE] for row in range(SIDE)]


def size(call, path, name):
    done = call.execute(["/usr/bin/vipsheader", "-f", name, path], environment=ENVIRONMENT).require(*UNREADABLE)
    try:
        return int(done.stdout)
    except ValueError:
        raise Failure(codes.PLUGIN_FAILED, *UNREADABLE) from None


def run(call, program, *arguments):
    call.execute(["/usr/bin/" + program, *arguments], environment=ENVIRONMENT).require(*UNREADABLE)
