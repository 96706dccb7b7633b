"""The plugin `exif-metadata`: what a photograph or another document says about itself."""

import json
import os
import re
import sys
import tempfile

# Python runs isolated (-I), without the script's folder on its path.
sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.environ.get("CLOISTER_SDK", "/sdk"), "python")]
sys.dont_write_bytecode = True

from cloister import Failure, Plugin, codes  # noqa: E402
from exiftool import ExifTool  # noqa: E402

LONGEST_VALUE = 16 * 1024
# Of everything that a hook is told: its value has to fit through the chain of handlers.
LONGEST_METADATA = 256 * 1024
GROUP = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,31}")
SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
BINARY = re.compile(r"\((?:Binary data|large array of) (\d+) (bytes|[a-z0-9]+ values), use -b option to extract\)")
KINDS = ("image/", "video/", "audio/", "application/pdf")

plugin = Plugin("exif-metadata", "1.1.0")
exiftool = ExifTool()
plugin.closing(exiftool.stop)


@plugin.tool("extract")
def extract(call, input):
    return read(call, call.document(), groups_of(input))


@plugin.filter("metadata")
def metadata(call, value, context):
    """Adds the groups. What another handler has said before stays as it is."""
    if not str(value["document"].get("mediaType", "")).startswith(KINDS):
        return value
    found = read(call, call.open(value["document"]["document"]), [])["metadata"]
    known, room = dict(value.get("metadata") or {}), LONGEST_METADATA
    for group in sorted(found, key=lambda group: len(encode(found[group]))):
        room -= len(encode(found[group]))
        if room < 0:
            plugin.log("notice", f"the group {group} is left out: there is more metadata than a hook has room for")
        else:
            known[group] = {**found[group], **known.get(group, {})}
    return {**value, "metadata": known}


def read(call, document, groups):
    with tempfile.TemporaryDirectory(prefix="exif-") as folder:
        # ExifTool reads its arguments as lines and takes a name that ends in a bar for a command: it only ever sees a name
        # of ours. The suffix stays, because a few formats are known by nothing else.
        suffix = os.path.splitext(document.name)[1]
        link = os.path.join(folder, "document" + (suffix if SUFFIX.fullmatch(suffix) else ""))
        os.symlink(document.path, link)
        arguments = ["-json", "-g", "-quiet", "-quiet", "-api", "largefilesupport=1"]
        arguments += [f"-{group}:all" for group in groups] or ["-all"]
        # What the file system says of the link is no metadata of the document.
        arguments += ["-ExifTool:all", "--System:all", link]
        return shape(exiftool.run(arguments, call))


def groups_of(values):
    groups = values.get("groups", [])
    if not isinstance(groups, list) or len(groups) > 64:
        raise Failure(codes.INVALID_PARAMETERS, "groups is a list of at most 64 names")
    for group in groups:
        if not isinstance(group, str) or not GROUP.fullmatch(group):
            raise Failure(codes.INVALID_PARAMETERS, "a group is a name such as EXIF, GPS, XMP or Composite")
    return groups


def shape(answer):
    """The groups of the one document, with ExifTool's remarks taken out into `warnings`."""
    warnings = []
    metadata = {}
    for group, values in parse(answer).items():
        if group == "ExifTool":
            warnings += [str(values[name]) for name in ("Error", "Warning") if name in values]
        elif isinstance(values, dict):
            metadata[group] = {name: bounded(value, f"{group}:{name}", warnings) for name, value in values.items()}
    return {"metadata": metadata, "warnings": warnings[:100]}


def parse(answer):
    if not answer.strip():
        return {}
    try:
        documents = json.loads(answer.decode("utf-8", "replace"), parse_float=finite, parse_constant=str)
        return documents[0]
    except (ValueError, RecursionError, IndexError, KeyError, TypeError):
        raise Failure(codes.PLUGIN_FAILED, "exiftool's answer is not JSON") from None


def finite(digits):
    """A number, or its digits where a float has no room for it: 1e999 would come out as Infinity, which is not JSON."""
    number = float(digits)
    return number if number - number == 0 else digits


def bounded(value, name, warnings):
    if isinstance(value, str) and (binary := BINARY.fullmatch(value)):
        return f"({binary[1]} {binary[2]}, not shown)"
    if len(encode(value)) <= LONGEST_VALUE:
        return value
    warnings.append(f"{name} is left out: it is larger than {LONGEST_VALUE // 1024} KiB")
    return None


def encode(value):
    """The length that counts is that of the JSON."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


if __name__ == "__main__":
    plugin.run()
