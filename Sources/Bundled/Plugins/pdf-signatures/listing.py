"""What pdfsig lists about the signatures of a document, read so strictly that no name in it can pass for a line of its own."""

import re

from cloister import Failure, codes

LINES = [
    ("field", re.compile(r"  - Signature Field Name: (.*)")),
    ("name", re.compile(r"  - Signer Certificate Common Name: (.*)")),
    ("subject", re.compile(r"  - Signer full Distinguished Name: (.*)")),
    ("time", re.compile(r"  - Signing Time: (.*)")),
    ("hash", re.compile(r"  - Signing Hash Algorithm: (.*)")),
    ("type", re.compile(r"  - Signature Type: (.*)")),
    ("ranges", re.compile(r"  - Signed Ranges: (.*)")),
    ("whole", re.compile(r"  - ((?:Not t|T)otal document signed)")),
    ("validation", re.compile(r"  - Signature Validation: (.*)")),
]
RANGES = re.compile(r"\[(\d{1,15}) - (\d{1,15})\], \[(\d{1,15}) - (\d{1,15})\]")


class Listed:
    """One signature: where it stands in the list, and what pdfsig says about it."""

    def __init__(self, index, values):
        self.index = index
        self.field = values["field"]
        self.time = values["time"]
        self.type = values["type"]
        self.whole = values["whole"].startswith("Total")
        match = RANGES.fullmatch(values["ranges"])
        self.ranges = tuple(map(int, match.groups())) if match else None


def read(output):
    """The signatures, without fields that nobody has signed. Anything unexpected is refused: it could be a forged line."""
    signatures, values, index = [], {}, -1
    lines = output.split("\n")[1:]
    for line in [*lines, None]:
        if line is None or line == f"Signature #{index + 2}:":
            if values:
                if len(values) != len(LINES):
                    raise unexpected()
                signatures.append(Listed(index, values))
            index, values = index + 1, {}
        elif line == "  The signature form field is not signed." and list(values) == ["field"]:
            values = {}
        elif line:
            name, pattern = LINES[len(values)] if len(values) < len(LINES) else (None, None)
            match = pattern and pattern.fullmatch(line)
            if not match or index < 0:
                raise unexpected()
            values[name] = match[1]
    return signatures


def unexpected():
    return Failure(codes.PLUGIN_FAILED, "the list of signatures cannot be read",
                   "a name in a signature may be made to look like something else: do not trust the document")
