"""The text of a document: PDF through poppler, anything else as text in a Unicode encoding or in Windows-1252.

The same file is in the plugins invoice-fields, language and pii: the folder of a plugin is all that it sees.
"""

import re

from cloister import Failure, codes

PDFTOTEXT = "/usr/bin/pdftotext"
MARKUP = re.compile(r"\s*(<\?xml[^>]*>\s*)?(<!--(?:(?!-->).)*-->\s*)*<(!doctype\s+html|html|head|body)\b", re.I | re.S)
MARKS = [(b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\0\0", "utf-32-le"), (b"\0\0\xfe\xff", "utf-32-be"),
         (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")]


def beginning(path, size=1024):
    """The first bytes of a file that the host placed."""
    with open(path, "rb") as file:
        return file.read(size)


def is_pdf(path):
    # Readers accept the header anywhere in the first kilobyte (ISO 32000-1, annex H.3.4.1).
    return b"%PDF-" in beginning(path)


def read(call, path, most, layout=False):
    """At most `most` bytes of the document's text, and its kind: `pdf`, `html` or `text`."""
    if is_pdf(path):
        return of_pdf(call, path, most, layout), "pdf"
    text = decoded(beginning(path, most))
    return text, "html" if MARKUP.match(text[:8192]) else "text"


def of_pdf(call, path, most, layout=False, form="text"):
    """What pdftotext prints: text with a form feed behind every page, or with `form="bbox"` words with their places."""
    more = (["-layout"] if layout else []) + (["-bbox"] if form == "bbox" else [])
    done = call.execute([PDFTOTEXT, "-q", "-enc", "UTF-8", "-eol", "unix", *more, path, "-"], limit=most, cut=True)
    if done.returncode != 0:
        raise refusal(done)
    return done.stdout.decode("utf-8", "replace")


def refusal(done):
    if b"Incorrect password" in done.stderr:
        return Failure(codes.PLUGIN_FAILED, "the document is encrypted", "it opens with a password only")
    if done.returncode < 0:
        return Failure(codes.PLUGIN_FAILED, "poppler was ended by a signal", "the document may be damaged")
    return Failure(codes.PLUGIN_FAILED, "the document cannot be opened", "it is not a PDF, or too damaged to be read as one")


def decoded(data):
    """The text of bytes that may be cut in the middle of a character. Bytes that are no text are refused."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data[len(mark):].decode(encoding, "replace")
    odd = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in data[:65536])
    if b"\0" in data or odd * 50 > len(data[:65536]):
        raise Failure(codes.PLUGIN_FAILED, "the document is not a text", "PDF, HTML and plain text can be read")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3:
            return data[: error.start].decode("utf-8")
    return data.decode("cp1252", "replace")
