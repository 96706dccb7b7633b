"""A plugin as the host starts it: its own process, spoken to in `cloister/1`."""

import contextlib
import json
import os
import queue
import random
import signal
import subprocess
import threading
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[4]
SDK = CHECKOUT / "Sources" / "Bundled" / "SDKs"
MATERIAL = Path(os.environ.get("CLOISTER_MATERIAL") or CHECKOUT / ".build" / "material")


def material(pattern):
    """The files of that kind, of which there must be some: a test without any would pass whatever the plugin does."""
    files = sorted(MATERIAL.rglob(pattern))
    if not files:
        raise FileNotFoundError(f"no {pattern} under {MATERIAL}: run Tests/material/fetch")
    return files


class Plugin:
    """Answers are read in the background; `protocol=None` leaves the handshake to the test."""

    def __init__(self, folder, command, protocol="cloister/1", home="/nonexistent", line_limit=None,
                 configuration=None, environment=None, stderr=subprocess.DEVNULL):
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": home, "TMPDIR": "/tmp", "LANG": "C.UTF-8",
                       "CLOISTER_PROTOCOL": "cloister/1", "CLOISTER_SDK": str(SDK), **(environment or {})}
        self.process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=stderr)
        self.messages = queue.SimpleQueue()
        self.number = 0
        threading.Thread(target=self._read, daemon=True).start()
        if protocol:
            limits = {"lineBytes": line_limit} if line_limit else {}
            self.greeting = self.ask("initialize", {"protocol": protocol, "limits": limits, "tenant": "demo", "grants": [],
                                                    "configuration": configuration or {}})

    def _read(self):
        with self.process.stdout as stdout:
            for line in stdout:
                self.messages.put(line)
        self.messages.put(b"")

    def write(self, line):
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def send(self, method, parameters=None):
        self.number += 1
        message = {"jsonrpc": "2.0", "id": self.number, "method": method, "params": parameters or {}}
        self.write(json.dumps(message).encode() + b"\n")
        return self.number

    def notify(self, method, parameters):
        self.write(json.dumps({"jsonrpc": "2.0", "method": method, "params": parameters}).encode() + b"\n")

    def start_call(self, tool, values, deadline=20):
        return self.send("tool/call", {"name": tool, "input": values, "deadlineMs": int(deadline * 1000)})

    def receive(self, seconds=30):
        line = self.messages.get(timeout=seconds)
        if not line:
            raise EOFError("the plugin ended")
        return self.parse(line)

    @staticmethod
    def parse(line):
        def refuse(name):
            raise ValueError(f"{name} is not JSON")
        return json.loads(line.decode("utf-8"), parse_constant=refuse)  # strict: the wire is UTF-8

    def ask(self, method, parameters=None):
        number = self.send(method, parameters)
        answer = self.receive()
        assert answer["id"] == number, answer
        return answer

    def call(self, tool, values, deadline=20):
        """The whole answer, which is to be the next message."""
        number = self.start_call(tool, values, deadline)
        answer = self.receive(deadline + 10)
        assert answer["id"] == number, answer
        return answer

    def children(self):
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                status = (entry / "stat").read_text()
            except OSError:
                continue
            if int(status.rpartition(")")[2].split()[1]) == self.process.pid:
                found.append(int(entry.name))
        return found

    def signal_children(self, number):
        for child in self.children():
            os.kill(child, number)

    def end(self):
        """Closes stdin, and returns the exit status."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            return self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for child in self.children():
            # It may have ended since it was listed.
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGCONT)
        self.end()


def alive(process):
    """Whether it runs; one that has ended and waits for its parent does not."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def spoiled(content, seed):
    """The same document truncated, or with some bytes changed; the same for the same seed."""
    chance = random.Random(seed)
    if seed % 3 == 0:
        return content[: chance.randrange(len(content))]
    changed = bytearray(content)
    for _ in range(chance.choice([1, 8, 64, 512])):
        changed[chance.randrange(min(len(changed), chance.choice([64, 4096, 1 << 30])))] = chance.randrange(256)
    return bytes(changed)
