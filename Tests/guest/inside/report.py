"""Checks: named functions that raise when what their name says is not so."""
import pathlib
import time
import traceback

import host

_checks = []


def check(sentence):
    """Registers a function under the sentence that it proves."""

    def register(function):
        _checks.append((sentence, function))
        return function

    return register


def note(text):
    """A line for the person who reads the results."""
    for line in str(text).splitlines():
        print(f"# {line}", flush=True)


def run(words):
    """Runs the checks whose sentence has one of the words, or all, and returns 1 if one failed."""
    chosen = [(sentence, function) for sentence, function in _checks
              if not words or any(word in sentence for word in words)]
    failed = 0
    print(f"1..{len(chosen)}", flush=True)
    for number, (sentence, function) in enumerate(chosen, 1):
        started = time.monotonic()
        cursor = host.journal_cursor()
        try:
            function()
            print(f"ok {number} - {sentence} ({time.monotonic() - started:.1f} s)", flush=True)
        except Exception as error:
            failed += 1
            print(f"not ok {number} - {sentence}", flush=True)
            note(error)
            for frame in traceback.extract_tb(error.__traceback__)[1:]:
                note(f"{pathlib.Path(frame.filename).name}:{frame.lineno}: {frame.line}")
            note(host.output("journalctl", "--no-pager", "-o", "cat", "-u", "cloister.service", *cursor)[-4000:])
    return 1 if failed else 0
