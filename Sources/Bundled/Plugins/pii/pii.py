"""The plugin `pii`: finds what names people and their accounts in texts and PDF documents, and takes it out."""

import os
import sys

# Python runs isolated (-I), without the script's folder on its path.
sys.path.insert(0, os.path.join(os.environ.get("CLOISTER_SDK", "/sdk"), "python"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import pages  # noqa: E402
import rules  # noqa: E402
import texts  # noqa: E402
from cloister import Failure, Plugin, codes  # noqa: E402

plugin = Plugin("pii", "1.0.0")

MOST_FINDINGS = 5000
MEGABYTE = 1 << 20


def kinds_of(input):
    kinds = input.get("kinds", plugin.configuration.get("kinds", rules.KINDS))
    if not isinstance(kinds, list) or not all(kind in rules.KINDS for kind in kinds):
        raise Failure(codes.INVALID_PARAMETERS, "kinds is a list of " + ", ".join(rules.KINDS))
    return kinds


def source_of(call, input):
    """The text of the input or the path of its document: exactly one of them."""
    text = input.get("text")
    if isinstance(text, str) == ("document" in input):
        raise Failure(codes.INVALID_PARAMETERS, "one of text and document is needed")
    return (text, None) if text is not None else (None, call.document())


def most_bytes():
    return plugin.configuration.get("most-bytes", 4 * MEGABYTE)


def text_of(path):
    """The whole text: half of one must not pass for one without findings."""
    data = texts.beginning(path, most_bytes() + 1)
    if len(data) > most_bytes():
        raise Failure(codes.QUOTA_EXCEEDED, f"the document has more than {most_bytes()} bytes",
                      "split it, or raise most-bytes in the configuration")
    return texts.decoded(data)


def pages_of(call, path):
    # A word with its place takes some hundred bytes.
    return pages.read(call, path, 12 * most_bytes(), plugin.configuration.get("most-pages", 200))


def described(text, finding, reveal):
    shown = text[finding.start:finding.end]
    return {"kind": finding.kind, "detail": finding.detail, "start": finding.start, "end": finding.end,
            "value": shown if reveal else rules.masked(finding.kind, shown)}


def counted(findings):
    counts = {}
    for finding in findings:
        counts[finding.kind] = counts.get(finding.kind, 0) + 1
    return counts


def found_in(call, text, kinds):
    call.check()
    return rules.find(text, kinds)


@plugin.tool("detect")
def detect(call, input):
    text, document = source_of(call, input)
    kinds, reveal = kinds_of(input), input.get("reveal") is True
    if document is None or not texts.is_pdf(document.path):
        text = text if document is None else text_of(document.path)
        findings = found_in(call, text, kinds)
        listed = [described(text, finding, reveal) for finding in findings]
        return {"counts": counted(findings), "findings": listed[:MOST_FINDINGS], "truncated": len(listed) > MOST_FINDINGS,
                "pagesWithoutText": []}
    listed, everything, silent = [], [], []
    for number, page in enumerate(pages_of(call, document.path), 1):
        findings = found_in(call, page.text, kinds)
        everything += findings
        for finding in findings[:max(0, MOST_FINDINGS - len(listed))]:
            boxes = [[round(place, 1) for place in box] for box in page.boxes(finding.start, finding.end)]
            listed.append({**described(page.text, finding, reveal), "page": number, "boxes": boxes})
        if not page.text:
            silent.append(number)
    return {"counts": counted(everything), "findings": listed, "truncated": len(everything) > len(listed),
            "pagesWithoutText": silent}


@plugin.tool("redact")
def redact(call, input):
    text, document = source_of(call, input)
    kinds = kinds_of(input)
    if document is None:
        text, findings = redacted(call, text, kinds)
        return {"text": text, "counts": counted(findings), "pagesWithoutText": []}
    stem, suffix = os.path.splitext(document.name)
    if texts.is_pdf(document.path):
        path = call.new_file(".pdf")
        findings, silent = redact_pages(call, document.path, path, kinds)
        made = call.create(path, f"{stem[:200]}-redacted.pdf", "application/pdf")
    else:
        text, findings = redacted(call, text_of(document.path), kinds)
        path, silent = call.new_file(suffix if suffix.isascii() and len(suffix) < 16 else ".txt"), []
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        made = call.create(path, f"{stem[:200]}-redacted{suffix[:16]}", "text/plain")
    return {"document": made["document"], "name": made["name"], "counts": counted(findings), "pagesWithoutText": silent}


def redacted(call, text, kinds):
    findings = found_in(call, text, kinds)
    parts, place = [], 0
    for finding in findings:
        length = finding.end - finding.start
        mark = f"[{finding.kind}]" if plugin.configuration.get("mark", "label") == "label" else "█" * length
        parts += [text[place:finding.start], mark]
        place = finding.end
    return "".join(parts) + text[place:], findings


def redact_pages(call, source, target, kinds):
    """Every page becomes a picture, so that nothing is left that a box only covers: no text, no layer, no metadata."""
    everything, silent = [], []
    found = pages_of(call, source)
    with pages.PictureBook(target) as book:
        for number, page in enumerate(found, 1):
            findings = found_in(call, page.text, kinds)
            boxes = [box for finding in findings for box in page.boxes(finding.start, finding.end)]
            book.add(*pages.painted(call, source, number, page, boxes))
            everything += findings
            if not page.text:
                silent.append(number)
            call.progress(number, len(found), f"page {number} of {len(found)}")
        book.finish()
    if texts.of_pdf(call, target, 1 << 16).strip():
        raise Failure(codes.PLUGIN_FAILED, "the redacted document still holds text: it was not given out")
    return everything, silent


@plugin.filter("metadata")
def metadata(call, value, context):
    """Adds the group `PII`: how many of each kind a text or PDF holds, or what is known of a picture; and never which."""
    try:
        parts = parts_of(call, value)
    except Failure as failure:
        # A document that cannot be read is its own fault: a handler that fails too often is set aside.
        if failure.code != codes.PLUGIN_FAILED:
            raise
        return value
    findings = [finding for part in parts for finding in found_in(call, part, kinds_of({}))]
    counts = counted(findings)
    return {**value, "metadata": {**value.get("metadata", {}), "PII": counts}} if counts else value


def parts_of(call, value):
    if value["document"]["mediaType"].startswith("image/"):
        # Nothing is read of a picture itself: what tells on people is who took it, and where.
        return ["\n".join(strings_of(value.get("metadata", {})))]
    document = call.open(value["document"]["document"])
    return [page.text for page in pages_of(call, document.path)] if texts.is_pdf(document.path) else [text_of(document.path)]


def strings_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for member in value.values() if isinstance(value, dict) else value:
            yield from strings_of(member)


plugin.run()
