"""A daemon of its own for a test."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Daemon:
    def __init__(self, build, folder, more="", unix=None):
        self.build, self.folder, self.socket = build, folder, folder / "s"
        self.port = free_port()
        addresses = [f"127.0.0.1:{self.port}"] + ([unix] if unix else [])
        configuration = folder / "cloister.yaml"
        configuration.write_text(f"data: {folder}/data\nsocket: {self.socket}\nprofiles: {TOP}/sandbox-profiles\n"
                                 f"plugins: [{TOP}/Sources/Bundled/Plugins]\nlog: {{level: warning}}\n"
                                 f"http: {{listen: [{', '.join(repr(str(each)) for each in addresses)}]}}\n{more}")
        self.log = open(folder / "serve.log", "wb")
        self.start()

    def start(self):
        self.process = subprocess.Popen([self.build / "cloister", "serve", "--config", self.folder / "cloister.yaml"],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def wait_until_ready(self):
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        self.fail("the daemon does not answer")

    def command(self, *arguments, text=""):
        """What it answers; `text` is its standard input."""
        result = subprocess.run([self.build / "cloister", *arguments, "--json", "--socket", self.socket], input=text,
                                capture_output=True, text=True, timeout=60)
        if result.returncode:
            self.fail(f"cloister {' '.join(map(str, arguments))}: {result.stderr}")
        return json.loads(result.stdout)

    def fail(self, why):
        sys.exit(f"api: {why}\n{(self.folder / 'serve.log').read_text()[-3000:]}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if status := self.process.wait(timeout=60):
            self.fail(f"the daemon did not end as it should: {status}")
