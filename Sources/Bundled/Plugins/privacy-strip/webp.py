"""WebP, which exiftool 12 reads and does not write: a RIFF file whose metadata are chunks of their own."""

import struct

from cloister import Failure, codes

METADATA = {b"EXIF", b"XMP "}
# What shows the picture (the container's specification); a chunk that is not known may hold anything, and is left out.
PICTURE = {b"VP8X", b"VP8 ", b"VP8L", b"ICCP", b"ANIM", b"ANMF", b"ALPH"}
HAS_EXIF, HAS_XMP = 0x08, 0x04
MOST_ORIENTATION = 8


def without_metadata(call, path):
    """The path of a new file with the picture, its colours and the way up, and nothing else."""
    made = call.new_file(".webp")
    with open(path, "rb") as file:
        content = file.read()
    chunks = list(read(content))
    way_up = max([orientation(data) for name, data in chunks if name == b"EXIF"], default=1)
    kept = [(name, data) for name, data in chunks if name in PICTURE]
    if way_up > 1:
        kept.append((b"EXIF", exif(way_up)))
    body = b"WEBP"
    for name, data in kept:
        if name == b"VP8X" and data:
            data = bytes([data[0] & ~HAS_EXIF & ~HAS_XMP | (HAS_EXIF if way_up > 1 else 0)]) + data[1:]
        body += name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    with open(made, "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", len(body)) + body)
    return made


def read(content):
    size = struct.unpack_from("<I", content, 4)[0] + 8 if len(content) >= 12 else 0
    end, place = min(size, len(content)), 12
    while place + 8 <= end:
        name, length = content[place:place + 4], struct.unpack_from("<I", content, place + 4)[0]
        if place + 8 + length > end:
            raise Failure(codes.PLUGIN_FAILED, "the document cannot be rewritten", "a part of the picture is missing")
        yield name, content[place + 8:place + 8 + length]
        place += 8 + length + length % 2


def orientation(data):
    """The way up that an Exif block names, 1 where it names none."""
    data = data.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    try:
        place = struct.unpack_from(order + "I", data, 4)[0]
        for index in range(struct.unpack_from(order + "H", data, place)[0]):
            tag, kind, count, value = struct.unpack_from(order + "HHIH", data, place + 2 + 12 * index)
            if (tag, kind, count) == (0x0112, 3, 1) and 1 <= value <= MOST_ORIENTATION:
                return value
    except (struct.error, TypeError):
        pass
    return 1


def exif(way_up):
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, way_up, 0, 0)
