"""The command lines of libvips: only the decoders that its makers trust with strangers' files."""

import os

from cloister import Failure, codes

# No machine code made at run time: the sandbox would not run it.
ENVIRONMENT = {"VIPS_BLOCK_UNTRUSTED": "1", "VIPS_NOVECTOR": "1", "VIPS_CONCURRENCY": "1",
               "FONTCONFIG_FILE": os.path.join(os.path.dirname(os.path.abspath(__file__)), "fonts.conf")}
MOST_PIXELS = 60_000_000
UNREADABLE = ("the picture cannot be read", "it is damaged, or not what it seems to be")


def run(call, *arguments):
    call.execute(["/usr/bin/vips", *(str(argument) for argument in arguments)], environment=ENVIRONMENT).require(*UNREADABLE)


def header(call, path):
    """What the picture says of itself by name: width, height, bands, interpretation …"""
    done = call.execute(["/usr/bin/vipsheader", "-a", path], environment=ENVIRONMENT, cut=True, limit=1 << 20).require(*UNREADABLE)
    values = {}
    for line in done.stdout.decode("utf-8", "replace").split("\n"):
        name, _, value = line.partition(": ")
        values.setdefault(name, value)
    try:
        values["width"], values["height"], values["bands"] = int(values["width"]), int(values["height"]), int(values["bands"])
    except (KeyError, ValueError):
        raise Failure(codes.PLUGIN_FAILED, *UNREADABLE) from None
    if values["width"] * values["height"] > MOST_PIXELS:
        raise Failure(codes.QUOTA_EXCEEDED, f"the picture has {values['width']} x {values['height']} pixels",
                      f"at most {MOST_PIXELS // 10**6} megapixels are worked on")
    return values


def linked(folder, name, path):
    """A name of ours for a file: libvips reads options out of brackets in names."""
    link = os.path.join(folder, name)
    os.symlink(path, link)
    return link
