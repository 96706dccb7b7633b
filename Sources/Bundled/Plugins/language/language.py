"""The plugin `language`: which language a text or a document is written in."""

import os
import re
import sys

# Python runs isolated (-I), without the script's folder on its path.
sys.path.insert(0, os.path.join(os.environ.get("CLOISTER_SDK", "/sdk"), "python"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import cld2  # noqa: E402
import texts  # noqa: E402
from cloister import Failure, Plugin, codes  # noqa: E402

plugin = Plugin("language", "1.0.0")
detector = None

CONTROLS = re.compile("[\0-\x08\x0b\x0e-\x1f\x7f]")
HINT = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{2,4})?")


def most_bytes():
    return plugin.configuration.get("most-bytes", 1 << 20)


def detect_in(text, kind="text", hint=None):
    global detector
    if detector is None:
        try:
            detector = cld2.Detector()
        except OSError:
            raise Failure(codes.UNSUPPORTED, "libcld2 is not installed", "install Debian's package libcld2-0") from None
    # The detector stops at a control character.
    return detector.detect(CONTROLS.sub(" ", text), html=kind == "html", hint=hint)


@plugin.tool("detect")
def detect(call, input):
    text, hint = input.get("text"), input.get("hint")
    if isinstance(text, str) == ("document" in input):
        raise Failure(codes.INVALID_PARAMETERS, "one of text and document is needed")
    if hint is not None and not (isinstance(hint, str) and HINT.fullmatch(hint)):
        raise Failure(codes.INVALID_PARAMETERS, "hint is a language code such as de or zh-Hant")
    if text is not None:
        return detect_in(text, "html" if input.get("html") is True else "text", hint)
    return detect_in(*texts.read(call, call.document().path, most_bytes()), hint)


@plugin.filter("metadata")
def metadata(call, value, context):
    """Adds the group `Language` to what is known about a text."""
    document = call.open(value["document"]["document"])
    try:
        found = detect_in(*texts.read(call, document.path, most_bytes()))
    except Failure as failure:
        # A document that cannot be read is its own fault: a handler that fails too often is set aside.
        if failure.code != codes.PLUGIN_FAILED:
            raise
        return value
    if found["language"] and found["reliable"]:
        group = {"Code": found["language"]["code"], "Name": found["language"]["name"]}
        value = {**value, "metadata": {**value.get("metadata", {}), "Language": group}}
    return value


plugin.run()
