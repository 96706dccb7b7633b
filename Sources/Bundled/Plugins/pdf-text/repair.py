"""Makes damaged documents whole: qpdf writes them anew and keeps everything in them; where what it writes is not sound, poppler
draws the pages that it can read into a new document.
"""

from cloister import Failure, codes

PROGRAM, DRAWING = "/usr/bin/qpdf", "/usr/bin/pdftocairo"
DRAWN = "the pages were drawn anew: forms, links, attachments and what the document says of itself are gone"
MOST_WARNINGS = 50
LONGEST_WARNING = 300
UNREADABLE = ("the document cannot be repaired", "it is not a PDF, or there is no page left in it")


def repaired(call, document):
    """The path of the new document, what qpdf remarked on the old one, and whether it finds no fault with the new one."""
    # 0: it opens with a password only; 3: it is protected against being changed.
    if call.execute([PROGRAM, "--requires-password", document]).returncode in (0, 3):
        raise Failure(codes.PLUGIN_FAILED, "the document is encrypted", "take the protection off first")
    made = call.new_file(".pdf")
    remarks = warnings(call.execute([PROGRAM, "--warning-exit-0", document, made]).stderr, document)
    count, sound = looked_at(call, made)
    if not sound:
        drawn = call.new_file(".pdf")
        call.execute([DRAWING, "-pdf", document, drawn])
        drawn_count, drawn_sound = looked_at(call, drawn)
        if drawn_count > 0 and drawn_count >= count:
            return drawn, [*remarks, DRAWN], drawn_sound
    if count == 0:
        raise Failure(codes.PLUGIN_FAILED, *UNREADABLE)
    return made, remarks, sound


def looked_at(call, document):
    """How many pages a document has, and whether qpdf finds no fault with it."""
    done = call.execute([PROGRAM, "--show-npages", document])
    count = int(done.stdout) if done.stdout.strip().isdigit() else 0
    return count, count > 0 and call.execute([PROGRAM, "--check", document]).returncode == 0


def warnings(complaints, document):
    """Each remark once, without the place of the document."""
    found = {}
    for line in complaints.decode("utf-8", "replace").splitlines():
        if line.startswith("WARNING: "):
            found[line.removeprefix("WARNING: ").replace(document, "document").strip()[:LONGEST_WARNING]] = True
    return list(found)[:MOST_WARNINGS]
