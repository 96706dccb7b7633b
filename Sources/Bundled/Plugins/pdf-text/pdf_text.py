"""The plugin `pdf-text`: the text of a PDF by pages, what the document says about itself, and damaged ones made whole."""

import json
import os
import re
import sys

# Python runs isolated (-I), without the script's folder on its path.
sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.environ.get("CLOISTER_SDK", "/sdk"), "python")]
sys.dont_write_bytecode = True

import poppler  # noqa: E402
from cloister import Failure, Plugin, codes  # noqa: E402
from repair import repaired  # noqa: E402

LONGEST_INFORMATION = 1 << 20
MOST_ATTACHMENTS = 1000
# Room for the envelope and for the numbers of many pages.
RESERVE = 64 * 1024

plugin = Plugin("pdf-text", "1.1.0")


@plugin.tool("text")
def text(call, input):
    document = call.document().path
    count = page_count(call, document)
    if count == 0:
        return {"pages": [], "pageCount": 0, "truncated": False}
    first = page_of(call.input, "firstPage", 1, count)
    last = page_of(call.input, "lastPage", count, count)
    if first > last:
        raise Failure(codes.INVALID_PARAMETERS, f"firstPage {first} is behind lastPage {last}")
    layout = call.input.get("layout", False)
    if not isinstance(layout, bool):
        raise Failure(codes.INVALID_PARAMETERS, "layout is true or false")
    room = max(0, plugin.line_limit - RESERVE)
    texts, complete = page_texts(call, document, first, last, layout, room)
    pages, fits = fitting(texts, first, room)
    return {"pages": pages, "pageCount": count, "truncated": not (complete and fits)}


def page_texts(call, document, first, last, layout, room):
    """One text per page, and whether that is all of them."""
    output, complete = print_text(call, document, first, last, layout, room)
    texts = output.split("\f")
    if not complete:
        return texts[: last - first + 1], False
    if len(texts) == last - first + 2:
        return texts[:-1], True
    # A form feed within a page, or a page that could not be read: only one by one is it known whose text is whose.
    texts = []
    for page in range(first, last + 1):
        output, complete = print_text(call, document, page, page, layout, room)
        texts.append(output.removesuffix("\f").replace("\f", "\n"))
        room -= len(output)
        if not complete or room <= 0:
            return texts, complete and page == last
    return texts, True


def print_text(call, document, first, last, layout, room):
    arguments = ["pdftotext", "-q", "-enc", "UTF-8", "-eol", "unix", "-f", str(first), "-l", str(last)]
    arguments += ["-layout"] if layout else []
    output, complete = poppler.run([*arguments, document, "-"], call, room)
    return output.decode("utf-8", "replace"), complete


def fitting(texts, first, room):
    """The pages that a line has room for, the last of them cut where it must be."""
    pages = []
    for number, content in enumerate(texts, first):
        page = {"number": number, "text": content}
        size = len(encode(page)) + 1
        while size > room and page["text"]:
            page["text"] = page["text"][: len(page["text"]) * max(0, room - 64) // size]
            size = len(encode(page)) + 1
        if size > room:
            return pages, False
        pages.append(page)
        if len(page["text"]) < len(content):
            return pages, False
        room -= size
    return pages, True


@plugin.tool("information")
def information(call, input):
    return facts_of(call, call.document().path)


@plugin.tool("repair")
def repair(call, input):
    document = call.document()
    path, warnings, sound = repaired(call, document.path)
    made = call.create(path, document.name or "document.pdf", "application/pdf")
    return {**{name: made[name] for name in ("document", "name", "mediaType", "size")}, "warnings": warnings, "sound": sound}


@plugin.filter("pages")
def pages(call, value, context):
    """Adds what poppler counts to the group PDF; it reads damaged documents too, in which others find no number."""
    if value["document"].get("mediaType") != "application/pdf":
        return value
    facts = facts_of(call, call.open(value["document"]["document"]).path)
    said = {"PageCount": facts["pages"], "Encrypted": facts["encrypted"], "Form": facts["form"], "JavaScript": facts["javaScript"],
            "Attachments": len(facts["attachments"])}
    known = dict(value.get("metadata") or {})
    known["PDF"] = {**known.get("PDF", {}), **{name: fact for name, fact in said.items() if fact is not None}}
    return {**value, "metadata": known}


def facts_of(call, document):
    try:
        output, _ = poppler.run(["pdfinfo", "-isodates", "-enc", "UTF-8", document], call, LONGEST_INFORMATION)
    except poppler.Locked:
        return described({}, [], encrypted=True)
    lines = [line.partition(":") for line in output.decode("utf-8", "replace").split("\n")]
    # What the document's own texts say comes first, and may hold line feeds: they cannot pass for the lines behind them.
    texts, facts = {}, {}
    for name, colon, value in lines:
        if colon:
            texts.setdefault(name, value.strip())
            facts[name] = value.strip()
    return described({**facts, **{name: texts[name] for name in TEXTS if name in texts}}, attachments(call, document))


TEXTS = {"Title": "title", "Subject": "subject", "Keywords": "keywords", "Author": "author", "Creator": "creator",
         "Producer": "producer", "CreationDate": "created", "ModDate": "modified"}


def described(values, attached, encrypted=False):
    size = re.match(r"([0-9.]+) x ([0-9.]+) pts", values.get("Page size", ""))
    return {
        **{name: values.get(label) or None for label, name in TEXTS.items()},
        "pages": int(values["Pages"]) if values.get("Pages", "").isdigit() else None,
        "encrypted": encrypted or values.get("Encrypted", "no").startswith("yes"),
        "tagged": values.get("Tagged") == "yes",
        "form": values.get("Form", "none") != "none",
        "javaScript": values.get("JavaScript") == "yes",
        "pageSize": {"width": float(size[1]), "height": float(size[2])} if size else None,
        "version": values.get("PDF version"),
        "attachments": attached,
    }


def attachments(call, document):
    try:
        output, _ = poppler.run(["pdfdetach", "-list", "-enc", "UTF-8", document], call, LONGEST_INFORMATION)
    except Failure:
        call.check()
        return []
    names = re.findall(r"^\d+: (.*)$", output.decode("utf-8", "replace"), re.MULTILINE)
    return names[:MOST_ATTACHMENTS]


def page_count(call, document):
    output, _ = poppler.run(["pdfinfo", document], call, LONGEST_INFORMATION)
    counts = re.findall(rb"^Pages: +(\d{1,9})$", output, re.MULTILINE)
    if not counts:
        raise Failure(codes.PLUGIN_FAILED, "the document does not say how many pages it has", "it may be damaged")
    return int(counts[-1])


def page_of(values, name, usual, count):
    page = values.get(name, usual)
    if isinstance(page, bool) or not isinstance(page, int) or page < 1:
        raise Failure(codes.INVALID_PARAMETERS, f"{name} is a number from 1 on")
    if name == "firstPage" and page > count:
        raise Failure(codes.INVALID_PARAMETERS, f"there is no page {page}", f"the last page is {count}")
    return min(page, count)


def encode(value):
    """As it stands in a line."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


if __name__ == "__main__":
    plugin.run()
