"""A photograph of a page, decoded by libvips and turned upright."""

import os

from cloister import Failure, codes

KINDS = {"image/jpeg", "image/png", "image/webp", "image/tiff", "image/gif"}
ENVIRONMENT = {"VIPS_BLOCK_UNTRUSTED": "1", "VIPS_NOVECTOR": "1", "VIPS_CONCURRENCY": "1"}
UNREADABLE = ("the picture cannot be read", "it is damaged, or not what it seems to be")
MOST_PIXELS = 200_000_000
# A4 at 400 dots per inch; more than that tells Tesseract nothing.
LONGEST_SIDE = 4800


def upright(call, folder, path):
    """The path of a JPEG with at most 4800 pixels on its longer side. Small pictures are enlarged: letters need 20 pixels."""
    # A name of ours: libvips reads options out of brackets in names.
    link, made = os.path.join(folder, "document"), os.path.join(folder, "upright.jpg")
    os.symlink(path, link)
    width, height = (side(call, link, name) for name in ("width", "height"))
    if width * height > MOST_PIXELS:
        raise Failure(codes.QUOTA_EXCEEDED, f"the picture has {width} x {height} pixels", f"at most {MOST_PIXELS // 10**6} megapixels are read")
    longest = min(LONGEST_SIDE, max(width, height) * (2 if max(width, height) < 1600 else 1))
    call.execute(["/usr/bin/vipsthumbnail", link, "--size", f"{longest}x{longest}", "--output", f"{made}[Q=90,strip,background=255]"],
                 environment=ENVIRONMENT).require(*UNREADABLE)
    return made


def side(call, path, name):
    done = call.execute(["/usr/bin/vipsheader", "-f", name, path], environment=ENVIRONMENT).require(*UNREADABLE)
    try:
        return int(done.stdout)
    except ValueError:
        raise Failure(codes.PLUGIN_FAILED, *UNREADABLE) from None
