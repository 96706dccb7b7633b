"""The metadata of a file as ExifTool reads it, pictures inside of PDF documents included."""

import json
import os
import re
import tempfile

from cloister import Failure, codes

PROGRAM = "/usr/bin/exiftool"
# An empty configuration keeps it from running a file of Perl out of the home folder.
COMMAND = [PROGRAM, "-config", "", "-m", "-q", "-q", "-api", "largefilesupport=1"]
MOST_OUTPUT = 16 * 1024 * 1024
EMPTY = re.compile(r"[\s\0:/.0-]*")
NAME = re.compile(r"[A-Za-z0-9_-]+")


class Tag:
    """`family` is the kind of metadata, `group` the place within it: EXIF and GPS, XMP and XMP-dc."""

    __slots__ = ("family", "group", "tag", "is_empty")

    def __init__(self, key, value):
        families = key.split(":")
        self.family, self.group, self.tag = families[0], families[-2] if len(families) > 1 else "", families[-1]
        self.is_empty = isinstance(value, str) and EMPTY.fullmatch(value) is not None

    @property
    def name(self):
        return f"{self.group}:{self.tag}"


def tags_of(call, path):
    with linked(path) as link:
        done = call.execute([*COMMAND, "-j", "-a", "-G0:1", "-s", "-n", "-ee", link], limit=MOST_OUTPUT)
    try:
        values = json.loads(done.stdout.decode("utf-8", "replace"))[0] if done.stdout.strip() else {}
    except (ValueError, RecursionError, LookupError):
        raise Failure(codes.PLUGIN_FAILED, "exiftool's answer is not JSON") from None
    if done.returncode != 0 and "ExifTool:Error" not in values:
        done.require("exiftool cannot read the document")
    if "ExifTool:Error" in values:
        raise Failure(codes.PLUGIN_FAILED, "the document cannot be read", "it is damaged, or not what it seems to be")
    return [Tag(key, value) for key, value in values.items() if key != "SourceFile"]


class linked:
    """A name of ours for the file: ExifTool takes some names for options or commands."""

    def __init__(self, path, suffix=""):
        self._path = path
        self._suffix = suffix

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="strip-")
        link = os.path.join(self._folder.name, "document" + self._suffix)
        os.symlink(self._path, link)
        return link

    def __exit__(self, *error):
        self._folder.cleanup()
