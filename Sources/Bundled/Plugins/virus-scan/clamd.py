"""A connection to clamd, wherever it runs, and clamd as a child of this process."""

import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from urllib.parse import urlsplit

from cloister import Failure, codes

PROGRAM = "/usr/sbin/clamd"
CHUNK = 256 * 1024
LONGEST_REPLY = 4096
SIGNATURES = (".cvd", ".cld", ".cud", ".hdb", ".hsb", ".mdb", ".msb", ".ndb", ".ldb", ".yar", ".yara")


class Connection:
    """One command to clamd. Every wait ends with the call's deadline or cancellation."""

    def __init__(self, call, stream):
        self.call = call
        self.stream = stream
        stream.setblocking(False)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.stream.close()

    def wait(self, reading):
        while True:
            self.call.check()
            lists = ([self.stream], []) if reading else ([], [self.stream])
            if any(select.select(*lists, [], min(0.5, max(0.0, self.call.seconds_left())))[:2]):
                return

    def send(self, data):
        view = memoryview(data)
        while view:
            self.wait(reading=False)
            try:
                view = view[self.stream.send(view):]
            except BlockingIOError:
                continue

    def receive(self, end, most=LONGEST_REPLY):
        """Everything up to `end`, or to the end of the connection."""
        data = b""
        while not data.endswith(end):
            self.wait(reading=True)
            try:
                part = self.stream.recv(most + 1 - len(data)) if end == b"\0" else self.stream.recv(1)
            except BlockingIOError:
                continue
            if not part:
                break
            data += part
            if len(data) > most:
                raise Failure(codes.PLUGIN_FAILED, "clamd answered with more than it should")
        return data

    def ask(self, command):
        self.send(b"z" + command + b"\0")
        return self.receive(b"\0").rstrip(b"\0").decode("utf-8", "replace")

    def scan(self, file):
        """The name of what was found, or None. Raises for anything that is not a clear answer: no answer means not clean."""
        try:
            self.send(b"zINSTREAM\0")
            while part := file.read(CHUNK):
                self.send(struct.pack("!I", len(part)) + part)
            self.send(struct.pack("!I", 0))
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has said why, for example that the stream is too long
        try:
            reply = self.receive(b"\0")
        except ConnectionResetError:
            reply = b""
        # Half an answer is none: its end might have said something else.
        reply = reply[:-1].decode("utf-8", "replace").strip() if reply.endswith(b"\0") else ""
        if reply == "stream: OK":
            return None
        if reply.startswith("stream: ") and reply.endswith(" FOUND"):
            return reply[len("stream: "):-len(" FOUND")][:200]
        if reply.endswith(" ERROR"):
            # The document's fault. Were it called the plugin's, a few such documents would set the handler aside.
            reason = reply.removeprefix("INSTREAM ").removeprefix("stream: ").removesuffix(" ERROR").strip()
            raise Failure(codes.INVALID_PARAMETERS, "the document could not be scanned", f"clamd says: {reason[:200]}")
        raise Failure(codes.PLUGIN_FAILED, "the document was not scanned", "clamd gave no clear answer; its log may say why")


def connect(call, address):
    """To the path of a local socket, or to a host and port."""
    patience = max(0.1, min(20.0, call.seconds_left()))
    if isinstance(address, tuple):
        return Connection(call, socket.create_connection(address, patience))
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        stream.settimeout(patience)
        stream.connect(address)
    except OSError:
        stream.close()
        raise
    return Connection(call, stream)


class Elsewhere:
    """A clamd of the operator's, reached over TCP: through the host's way out, or directly where there is no such thing."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self.host, self.port = host.strip("[]"), int(port)

    def connection(self, call):
        proxy = os.environ.get("HTTP_PROXY") or os.environ.get("http_proxy")
        try:
            if not proxy:
                return connect(call, (self.host, self.port))
            way = urlsplit(proxy)
            made = connect(call, (way.hostname, way.port or 80))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise Failure(codes.UNREACHABLE, f"clamd not reachable: {self.host}:{self.port}", f"{reason}; is the network granted?") from None
        target = f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}".encode("ascii")
        try:
            made.send(b"CONNECT " + target + b" HTTP/1.1\r\nHost: " + target + b"\r\n\r\n")
            status = made.receive(b"\r\n\r\n").split(b"\r\n")[0].decode("ascii", "replace")
        except OSError:
            status = "the way out closed the connection"
        if status.split(" ")[1:2] != ["200"]:
            made.stream.close()
            raise Failure(codes.UNREACHABLE, f"clamd not reachable: {self.host}:{self.port}", f"the way out says: {status[:100]}")
        return made

    def stop(self):
        pass


class Own:
    """clamd as a child, with signatures from a folder; started with the first scan, and ended with this process."""

    def __init__(self, signatures, most_bytes):
        self.signatures = signatures
        self.most_bytes = most_bytes
        self.folder = None
        self.process = None

    def connection(self, call):
        is_new = self.start()
        while True:
            call.check()
            if self.process.poll() is not None:
                # One that had worked may have been killed between two looks at it.
                if is_new:
                    raise self.failure()
                is_new = self.start()
            try:
                with connect(call, self.place("socket")) as made:
                    if made.ask(b"PING") == "PONG":
                        break
            except OSError:
                # It reads its signatures before it listens: half a minute for the published ones.
                time.sleep(min(0.1, max(0.0, call.seconds_left())))
        return connect(call, self.place("socket"))

    def place(self, name):
        return os.path.join(self.folder, name)

    def start(self):
        """Whether it had to be started."""
        if self.process is not None and self.process.poll() is None:
            return False
        self.stop()
        if not os.access(PROGRAM, os.X_OK):
            raise Failure(codes.UNSUPPORTED, "clamd is not installed", "install Debian's package clamav-daemon, or name a clamd elsewhere")
        try:
            names = os.listdir(self.signatures)
        except OSError as error:
            raise Failure(codes.INVALID_CONFIGURATION, f"no folder of signatures: {self.signatures}", error.strerror) from None
        if not any(name.endswith(SIGNATURES) for name in names):
            raise Failure(codes.INVALID_CONFIGURATION, f"no signatures in {self.signatures}",
                          "put .cvd, .cld or .hdb files there; freshclam fetches the published ones")
        self.folder = tempfile.mkdtemp()
        with open(self.place("clamd.conf"), "w", encoding="utf-8") as file:
            file.write(self.settings())
        with open(self.place("complaints"), "wb") as complaints:
            self.process = subprocess.Popen(
                [PROGRAM, "--foreground", "--config-file", self.place("clamd.conf")], stdin=subprocess.DEVNULL, stdout=complaints,
                stderr=subprocess.STDOUT, cwd="/", env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TMPDIR": self.folder})
        return True

    def settings(self):
        return "\n".join([
            f"DatabaseDirectory {self.signatures}", f"LocalSocket {self.place('socket')}", f"TemporaryDirectory {self.folder}",
            "Foreground yes", "MaxThreads 2", "MaxQueue 8", "ReadTimeout 60", "CommandReadTimeout 30", "SelfCheck 3600",
            # A second copy of the signatures while they are read again would be twice the memory.
            "ConcurrentDatabaseReload no", "ExitOnOOM yes",
            # The compiler of bytecode needs memory that is both written and executed.
            "BytecodeMode ForceInterpreter", "DisableCertCheck yes", f"StreamMaxLength {self.most_bytes}", f"MaxFileSize {self.most_bytes}",
            f"MaxScanSize {4 * self.most_bytes}",
            # What is too deep or too large to be looked into is reported, not passed.
            "AlertExceedsMax yes", "MaxScanTime 50000", "MaxRecursion 16", "MaxFiles 10000", ""])

    def failure(self):
        with open(self.place("complaints"), "rb") as file:
            lines = file.read(65536).decode("utf-8", "replace").strip().splitlines()
        reason = next((line for line in lines if "ERROR" in line), lines[-1] if lines else f"status {self.process.returncode}")
        return Failure(codes.PLUGIN_FAILED, "clamd ended", reason[:200])

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.process = self.folder = None
