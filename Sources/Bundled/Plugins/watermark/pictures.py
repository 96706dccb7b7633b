"""Stamps pictures."""

import os

import vips
from cloister import Failure, codes

FAST = "[compression=1]"


def stamped(call, folder, path, suffix, stamp):
    """The path of a new file of the same kind: upright, with the stamp, its metadata and its colour profile."""
    base = vips.linked(folder, "picture", path)
    values = vips.header(call, base)
    if values.get("interpretation") != "srgb" or "uchar" not in values.get("format", ""):
        plain = os.path.join(folder, "plain.png")
        conversion = ("icc_transform", base, plain + FAST, "srgb", "--embedded", "--input-profile", "cmyk") \
            if values.get("interpretation") == "cmyk" else ("colourspace", base, plain + FAST, "srgb")
        vips.run(call, *conversion)
        base = plain
    # In PNG, between the steps, metadata and profile come along.
    upright = os.path.join(folder, "upright.png")
    vips.run(call, "autorot", base, upright + FAST)
    base, values = upright, vips.header(call, upright)
    width, height = values["width"], values["height"]
    mark, wide, high = stamp.made(width, height)
    places = stamp.places(width, height, wide, high)
    if len(places) > 1:
        # One stamp with the margin around it, again and again over the whole picture.
        step = (places[1][0] if places[1][1] == 0 else width, next((y for _, y in places if y > 0), height))
        cell, pattern = os.path.join(folder, "cell.png"), os.path.join(folder, "pattern.png")
        vips.run(call, "embed", mark, cell, 0, 0, step[0], step[1])
        vips.run(call, "replicate", cell, pattern, -(-width // step[0]), -(-height // step[1]))
        mark = os.path.join(folder, "whole.png")
        vips.run(call, "crop", pattern, mark, 0, 0, width, height)
        places = [(0, 0)]
    both = os.path.join(folder, "both.png")
    vips.run(call, "composite2", base, mark, both + FAST, "over", "--x", places[0][0], "--y", places[0][1])
    made = call.new_file(suffix)
    options = {".jpg": "[Q=92]", ".webp": "[Q=92]", ".tif": "[compression=lzw]", ".png": ""}[suffix]
    # What was opaque before is so again.
    vips.run(call, *(("copy", both) if values["bands"] == 4 and suffix != ".jpg" else ("flatten", both)), made + options)
    if os.path.getsize(made) == 0:
        raise Failure(codes.PLUGIN_FAILED, *vips.UNREADABLE)
    return made
