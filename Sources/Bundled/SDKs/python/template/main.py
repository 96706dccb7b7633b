"""PLUGIN_NAME: counts the lines and words of a text."""

import os
import sys

sys.path.insert(0, os.path.join(os.environ.get("CLOISTER_SDK", "/sdk"), "python"))
from cloister import Plugin  # noqa: E402

plugin = Plugin("PLUGIN_ID", "0.1.0")


def words_in(line, minimum):
    """How many words of a line have at least so many characters."""
    return sum(len(word) >= minimum for word in line.split())


@plugin.tool("count")
def count(call, input):
    minimum = plugin.configuration.get("minimum", 1)
    lines = words = 0
    with open(call.document("text").path, encoding="utf-8", errors="replace", newline="\n") as text:
        for line in text:
            call.check()  # raises when nobody waits for the answer any more
            lines += 1
            words += words_in(line, minimum)
    return {"lines": lines, "words": words}


if __name__ == "__main__":
    plugin.run()
