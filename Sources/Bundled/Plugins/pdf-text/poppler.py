"""Runs poppler's command-line tools: with an end, with a limit, and with a reason a person understands."""

import os
import select
import subprocess
import threading

from session import CANCELLED, DEADLINE_EXCEEDED, PLUGIN_FAILED, Failure

FOLDER = "/usr/bin/"
LONGEST_COMPLAINT = 8192
LATE = "deadline exceeded: the document takes longer to read"


class Locked(Failure):
    """The document opens with a password only."""

    def __init__(self):
        super().__init__(PLUGIN_FAILED, "the document is encrypted", "it opens with a password only")


def run(arguments, call, most):
    """What a tool prints, at most so many bytes of it, and whether that was all. Raises `Failure` for what it cannot open."""
    call.check()
    process = subprocess.Popen(
        [FOLDER + arguments[0], *arguments[1:]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd="/", env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"})
    complaints = bytearray()
    listener = threading.Thread(target=listen, args=(process.stderr, complaints), daemon=True)
    listener.start()
    call.abandon = process.kill
    try:
        output, complete = read(process.stdout, call, most)
        status = process.wait(max(0, call.seconds_left())) if complete else 0
    except subprocess.TimeoutExpired:
        raise Failure(DEADLINE_EXCEEDED, LATE) from None
    finally:
        process.kill()
        process.wait()
        call.abandon = None
        process.stdout.close()
        listener.join()
    if call.cancelled:
        raise Failure(CANCELLED, "cancelled")
    if status != 0:
        raise reason(arguments[0], status, bytes(complaints))
    return output, complete


def read(stream, call, most):
    output = bytearray()
    while len(output) <= most:
        left = call.seconds_left()
        if left <= 0 or not select.select([stream], [], [], left)[0]:
            raise Failure(DEADLINE_EXCEEDED, LATE)
        part = os.read(stream.fileno(), 1 << 16)
        if not part:
            return bytes(output), True
        output += part
    return bytes(output[:most]), False


def listen(stream, complaints):
    """Damaged documents make poppler complain without end: everything is read, little is kept."""
    with stream:
        while part := stream.read1(1 << 16):
            complaints += part[: max(0, LONGEST_COMPLAINT - len(complaints))]


def reason(tool, status, complaints):
    if b"Incorrect password" in complaints:
        return Locked()
    if status == 1:
        return Failure(PLUGIN_FAILED, "the document cannot be opened", "it is not a PDF, or too damaged to be read as one")
    if status < 0:
        return Failure(PLUGIN_FAILED, f"{tool} was ended by signal {-status}", "the document may be damaged")
    return Failure(PLUGIN_FAILED, f"{tool} failed with status {status}")
