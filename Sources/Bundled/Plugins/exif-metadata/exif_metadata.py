"""The plugin `exif-metadata`: what a photograph or another document says about itself."""

import json
import os
import re
import stat
import sys
import tempfile

# Python runs isolated (-I), without the script's folder on its path.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from exiftool import ExifTool  # noqa: E402
from session import INVALID_PARAMETERS, NOT_FOUND, PLUGIN_FAILED, Failure, Session, encode  # noqa: E402

VERSION = "1.0.0"
LONGEST_VALUE = 16 * 1024
GROUP = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,31}")
SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
BINARY = re.compile(r"\((?:Binary data|large array of) (\d+) (bytes|[a-z0-9]+ values), use -b option to extract\)")

exiftool = ExifTool()


def extract(call):
    document, groups = document_of(call.input), groups_of(call.input)
    with tempfile.TemporaryDirectory(prefix="exif-") as folder:
        # ExifTool reads its arguments as lines and takes a name that ends in a bar for a command: it only ever sees a name
        # of ours. The suffix stays, because a few formats are known by nothing else.
        suffix = os.path.splitext(document)[1]
        link = os.path.join(folder, "document" + (suffix if SUFFIX.fullmatch(suffix) else ""))
        os.symlink(document, link)
        arguments = ["-json", "-g", "-quiet", "-quiet", "-api", "largefilesupport=1"]
        arguments += [f"-{group}:all" for group in groups] or ["-all"]
        # What the file system says of the link is no metadata of the document.
        arguments += ["-ExifTool:all", "--System:all", link]
        answer = exiftool.run(arguments, call)
    return shape(answer)


def document_of(values):
    document = values.get("document")
    if not isinstance(document, str) or not os.path.isabs(document) or "\0" in document:
        raise Failure(INVALID_PARAMETERS, "document is the absolute path of a file")
    try:
        status = os.stat(document)
        if not stat.S_ISREG(status.st_mode):
            raise Failure(INVALID_PARAMETERS, "the document is not a regular file")
        os.close(os.open(document, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except (FileNotFoundError, NotADirectoryError):
        raise Failure(NOT_FOUND, "document not found") from None
    except (OSError, UnicodeError) as error:
        raise Failure(PLUGIN_FAILED, f"the document cannot be read: {getattr(error, 'strerror', None) or 'its name'}") from None
    return document


def groups_of(values):
    groups = values.get("groups", [])
    if not isinstance(groups, list) or len(groups) > 64:
        raise Failure(INVALID_PARAMETERS, "groups is a list of at most 64 names")
    for group in groups:
        if not isinstance(group, str) or not GROUP.fullmatch(group):
            raise Failure(INVALID_PARAMETERS, "a group is a name such as EXIF, GPS, XMP or Composite")
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
        raise Failure(PLUGIN_FAILED, "exiftool's answer is not JSON") from None


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


def main():
    try:
        Session("exif-metadata", VERSION, {"extract": extract}).run()
    finally:
        exiftool.stop()
        # The worker may hang in spite of its cancellation; nobody reads its answer.
        os._exit(0)


main()
