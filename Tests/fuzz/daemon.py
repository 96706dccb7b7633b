"""A daemon of its own for the run, and what the kernel says about it and its children."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from control import Control


class Daemon:
    def __init__(self, build, top, folder):
        self.folder = folder
        self.socket = folder / "s"
        configuration = folder / "cloister.yaml"
        configuration.write_text(f"data: {folder}/data\nsocket: {self.socket}\nprofiles: {top}/sandbox-profiles\n"
                                 f"plugins: [{folder}/plugins]\nlog: {{level: warning}}\n")
        self.log = open(folder / "serve.log", "wb")
        self.process = subprocess.Popen([str(build / "cloister"), "serve", "--config", str(configuration)], stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log, start_new_session=True)
        self.children = {}
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def wait_until_ready(self, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            try:
                connection = Control(self.socket, 10)
            except OSError:
                time.sleep(0.05)
                continue
            connection.ask("status")
            connection.close()
            self._watcher.start()
            return
        raise SystemExit(f"fuzz: the daemon does not answer:\n{(self.folder / 'serve.log').read_text()[-2000:]}")

    @property
    def alive(self):
        return self.process.poll() is None

    def resident(self):
        """Bytes."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise SystemExit("fuzz: the daemon has ended")

    def _watch(self):
        """Remembers every process below the daemon, by number and start time, as numbers are used again."""
        while not self._over.wait(0.5):
            self.look()

    def look(self):
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit() and (found := stat_of(int(entry))):
                parents.setdefault(found[0], []).append((int(entry), found[1]))
        below = [self.process.pid]
        while below:
            for number, started in parents.get(below.pop(), []):
                self.children[number] = started
                below.append(number)

    def left(self):
        """Those of the remembered processes that still live."""
        return [number for number, started in list(self.children.items()) if (found := stat_of(number)) and found[1] == started]

    def stop(self, seconds=60):
        """The exit status, after an orderly end."""
        self.look()
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        finally:
            self.end()

    def end(self):
        """By force, where it still runs."""
        self._over.set()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()


def stat_of(number):
    """The parent and the start time of a process that lives; a zombie has ended."""
    try:
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else (int(fields[1]), fields[19])
