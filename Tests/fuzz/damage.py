"""Damage to files: the same for the same seed."""

import random
import re
import struct


def truncated(data, chance):
    return data[:chance.randrange(len(data))]


def bits_flipped(data, chance):
    changed = bytearray(data)
    # Most of a format's decisions are made at the beginning of a file.
    region = min(len(data), chance.choice([64, 1024, 1 << 30]))
    for _ in range(chance.choice([1, 4, 32, 256])):
        changed[chance.randrange(region)] ^= 1 << chance.randrange(8)
    return bytes(changed)


def blocks_swapped(data, chance):
    size = chance.choice([1, 16, 256, 4096])
    if len(data) < 2 * size:
        return data[::-1]
    changed = bytearray(data)
    for _ in range(chance.choice([1, 3, 10])):
        first, second = chance.randrange(len(data) - size + 1), chance.randrange(len(data) - size + 1)
        changed[first:first + size], changed[second:second + size] = data[second:second + size], data[first:first + size]
    return bytes(changed)


def lengths_changed(data, chance):
    """Lengths, counts and offsets, where the format has them; anywhere at all where they cannot be told."""
    changed = bytearray(data)
    places = lengths_in(data) or [(chance.randrange(max(1, len(data) - 4)), chance.choice([">I", "<I", ">H", "<H"])) for _ in range(4)]
    for place, layout in chance.sample(places, min(len(places), chance.choice([1, 2, 5]))):
        size = struct.calcsize(layout)
        most = 256 ** size - 1
        if place + size <= len(data):
            (value,) = struct.unpack_from(layout, data, place)
            struct.pack_into(layout, changed, place, chance.choice(
                [0, 1, most, most // 2, most // 2 + 1, (value + 1) & most, (value - 1) & most, value * 2 & most]))
    if data.startswith(b"%PDF"):
        # Numbers are text there. Of the same width, so that only this one lies.
        numbers = [match.span(1) for match in re.finditer(rb"(?:/(?:Length|Count|Size|N|First|Prev|Width|Height)|startxref)\s+(\d+)", data)]
        for start, end in chance.sample(numbers, min(len(numbers), 3)):
            changed[start:end] = b"%0*d" % (end - start, chance.choice([0, 1, 10 ** (end - start) - 1]))
    return bytes(changed)


def lengths_in(data):
    places = []
    if data.startswith(b"\x89PNG"):
        place = 8
        while place + 8 <= len(data):
            places += [(place, ">I")] + ([(place + 8, ">I"), (place + 12, ">I")] if data[place + 4:place + 8] == b"IHDR" else [])
            place += 12 + struct.unpack_from(">I", data, place)[0]
    elif data.startswith(b"\xff\xd8"):
        place = 2
        while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != 0xDA:
            places += [(place + 2, ">H")] + ([(place + 5, ">H"), (place + 7, ">H")] if 0xC0 <= data[place + 1] <= 0xCF else [])
            place += 2 + struct.unpack_from(">H", data, place + 2)[0]
    elif data[:4] in (b"II*\0", b"MM\0*"):
        order = "<" if data[:1] == b"I" else ">"
        (directory,) = struct.unpack_from(order + "I", data, 4)
        places.append((4, order + "I"))
        if directory + 2 <= len(data):
            (count,) = struct.unpack_from(order + "H", data, directory)
            places += [(directory, order + "H")]
            places += [(directory + 2 + 12 * entry + part, order + "I") for entry in range(min(count, 100)) for part in (4, 8)]
    elif data.startswith(b"RIFF"):
        places += [(place, "<I") for place in (4, 16)]
    elif data.startswith(b"PK"):
        places += [(match.start() + part, layout) for match in re.finditer(rb"PK\x03\x04|PK\x01\x02|PK\x05\x06", data)
                   for part, layout in ((18, "<I"), (22, "<I"), (26, "<H"), (28, "<H"))]
    elif data.startswith(b"MZ") and len(data) > 0x40:
        (header,) = struct.unpack_from("<I", data, 0x3C)
        places += [(0x3C, "<I")] + [(header + part, "<I") for part in (6, 20, 80, 84, 116, 120)]
    return places


def grown(data, chance):
    """A part of it again, or nonsense, in the middle."""
    place = chance.randrange(len(data))
    if chance.random() < 0.5:
        start = chance.randrange(len(data))
        part = data[start:start + chance.choice([16, 1024, 65536])]
    else:
        part = chance.randbytes(chance.choice([1, 64, 4096]))
    return data[:place] + part * chance.choice([1, 1, 8]) + data[place:]


KINDS = [truncated, bits_flipped, blocks_swapped, lengths_changed, grown]


def damaged(data, seed):
    """The name of the damage, and the file with it."""
    chance = random.Random(seed)
    kind = KINDS[seed % len(KINDS)]
    return kind.__name__, kind(data, chance)
