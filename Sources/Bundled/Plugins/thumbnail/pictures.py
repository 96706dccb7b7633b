"""libvips, which decodes and writes pictures: only the decoders that its makers trust with strangers' files."""

import os
import tempfile

from cloister import Failure, codes

KINDS = {"image/jpeg", "image/png", "image/gif", "image/webp", "image/tiff", "image/heic", "image/avif"}
# No decoders beyond these kinds, no machine code made at run time (the sandbox would not run it), one processor.
ENVIRONMENT = {"VIPS_BLOCK_UNTRUSTED": "1", "VIPS_NOVECTOR": "1", "VIPS_CONCURRENCY": "1"}
MOST_PIXELS = 200_000_000
UNREADABLE = ("the picture cannot be read", "it is damaged, or not what it seems to be")


def size_of(call, path):
    width, height, _ = header(call, path)
    return width, height


def header(call, path):
    """Width, height, and whether the colours are others than sRGB."""
    with linked(path) as link:
        done = call.execute(["/usr/bin/vipsheader", "-a", link], environment=ENVIRONMENT, cut=True, limit=1 << 20)
    done.require(*UNREADABLE)
    values = {}
    for line in done.stdout.split(b"\n"):
        name, _, value = line.partition(b": ")
        values.setdefault(name, value)
    try:
        size = int(values[b"width"]), int(values[b"height"])
    except (KeyError, ValueError):
        raise Failure(codes.PLUGIN_FAILED, *UNREADABLE) from None
    return *size, b"icc-profile-data" in values or values.get(b"interpretation") not in (b"srgb", b"b-w")


def resized(call, path, size, fit, suffix, quality, keep):
    """The path of a new file: the picture upright, in sRGB, never larger than it was; with `cover`, of exactly the size."""
    width, height, other_colours = header(call, path)
    if width * height > MOST_PIXELS:
        raise Failure(codes.QUOTA_EXCEEDED, f"the picture has {width} x {height} pixels",
                      f"at most {MOST_PIXELS // 10**6} megapixels are worked on")
    crop = ["--smartcrop", "centre"] if fit == "cover" else []
    # A picture without a profile is in sRGB; to convert it nevertheless would change it.
    colours = ["--export-profile", "srgb"] if other_colours else []
    target = f"{size[0]}x{size[1]}" + ("" if fit == "cover" else ">")
    with linked(path) as link:
        command = ["/usr/bin/vipsthumbnail", link, "--size", target, *crop, *colours, "--output"]
        if suffix != ".webp" or keep:
            return saved(call, command, suffix, quality, keep)
        # libvips 8.14 leaves metadata in WebP although it is told to leave it out: they go with a step in between.
        bare = saved(call, command, ".png", quality, keep)
        return saved(call, ["/usr/bin/vips", "copy", bare], suffix, quality, keep)


def saved(call, command, suffix, quality, keep):
    made = call.new_file(suffix)
    options = [] if keep else ["strip"]
    options += ["compression=6"] if suffix == ".png" else ["compression=lzw"] if suffix == ".tif" else [f"Q={quality}"]
    options += ["background=255"] if suffix == ".jpg" else []
    call.execute([*command, f"{made}[{','.join(options)}]"], environment=ENVIRONMENT).require(*UNREADABLE)
    if os.path.getsize(made) == 0:
        raise Failure(codes.PLUGIN_FAILED, *UNREADABLE)
    return made


class linked:
    """A name of ours for the file: libvips reads options out of brackets in names."""

    def __init__(self, path):
        self._path = path

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="picture-")
        link = os.path.join(self._folder.name, "document")
        os.symlink(self._path, link)
        return link

    def __exit__(self, *error):
        self._folder.cleanup()
