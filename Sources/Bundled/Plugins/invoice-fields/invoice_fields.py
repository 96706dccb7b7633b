"""The plugin `invoice-fields`: who asks whom for how much until when, from the text of an invoice."""

import os
import sys

# Python runs isolated (-I), without the script's folder on its path.
sys.path.insert(0, os.path.join(os.environ.get("CLOISTER_SDK", "/sdk"), "python"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import fields  # noqa: E402
import texts  # noqa: E402
from cloister import Failure, Plugin, codes  # noqa: E402

plugin = Plugin("invoice-fields", "1.0.0")

# An invoice is short; what is longer is another document, of which the beginning is enough to see that.
MOST_BYTES = 512 * 1024


@plugin.tool("extract")
def extract(call, input):
    text = input.get("text")
    if isinstance(text, str) == ("document" in input):
        raise Failure(codes.INVALID_PARAMETERS, "one of text and document is needed")
    if text is None:
        text, _ = texts.read(call, call.document().path, MOST_BYTES, layout=True)
        if not text.strip():
            raise Failure(codes.PLUGIN_FAILED, "the document has no text", "it is a picture of one: let OCR read it first")
    call.check()
    order = plugin.configuration.get("date-order", "auto")
    return fields.Invoice(text[:MOST_BYTES], None if order == "auto" else order == "month-first").read()


plugin.run()
