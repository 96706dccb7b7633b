"""ExifTool kept open (`-stay_open`), so that Perl and its tables are loaded once and not for every document."""

import os
import random
import select
import subprocess

from cloister import Failure, codes

PROGRAM = "/usr/bin/exiftool"
LONGEST_ANSWER = 64 * 1024 * 1024


class Gone(Exception):
    """The process ended in the middle of a request."""


class ExifTool:
    """One process. It is started when first needed, and again after it has died or was killed in mid-answer."""

    def __init__(self):
        self._process = None

    def run(self, arguments, call):
        """What ExifTool prints for these arguments, none of which may hold a line feed."""
        try:
            return self._ask(arguments, call)
        except Gone:
            # It may have died of the document before; a fresh one shows whether it is this one.
            call.check()
        try:
            return self._ask(arguments, call)
        except Gone:
            raise Failure(codes.PLUGIN_FAILED, "exiftool ended without an answer") from None

    def stop(self):
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()

    def _start(self):
        # An empty -config keeps it from running a configuration file, which is Perl, out of the home folder.
        self._process = subprocess.Popen(
            [PROGRAM, "-config", "", "-stay_open", "True", "-@", "-"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, cwd="/",
            env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"})

    def _ask(self, arguments, call):
        if self._process is None or self._process.poll() is not None:
            self.stop()
            self._start()
        process = self._process
        try:
            with call.when_cancelled(process.kill):
                call.check()
                mark = random.randrange(1, 1 << 30)
                request = "\n".join([*arguments, f"-execute{mark}", ""])
                try:
                    process.stdin.write(request.encode("utf-8", "surrogateescape"))
                except BrokenPipeError:
                    raise Gone from None
                return self._read(process, b"{ready%d}\n" % mark, call)
        except Failure:
            self.stop()  # whatever it still prints belongs to a request that nobody waits for
            raise

    def _read(self, process, end, call):
        answer = bytearray()
        while not answer.endswith(end):
            left = call.seconds_left()
            if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
                raise Failure(codes.DEADLINE_EXCEEDED, "deadline exceeded: exiftool did not answer in time")
            part = os.read(process.stdout.fileno(), 1 << 16)
            if call.cancelled:
                call.check()
            if not part:
                self.stop()
                raise Gone
            answer += part
            if len(answer) > LONGEST_ANSWER:
                raise Failure(codes.PLUGIN_FAILED, "the metadata is larger than 64 MiB")
        return bytes(answer[: -len(end)])
