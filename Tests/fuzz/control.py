"""The control socket of a daemon: one JSON-RPC 2.0 message a line."""

import base64
import json
import socket

PART = 1 << 20


class Refused(Exception):
    """The daemon's answer was an error: `code`, `message`, and the whole of it in `error`."""

    def __init__(self, error):
        super().__init__(error.get("message"))
        self.error = error
        self.code = error.get("code")
        self.message = error.get("message")


class Control:
    """One connection, which asks one thing after the other. A wait that is too long raises TimeoutError."""

    def __init__(self, path, patience):
        self.stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.stream.settimeout(patience)
        self.stream.connect(str(path))
        self.reader = self.stream.makefile("rb")
        self.number = 0

    def ask(self, method, **parameters):
        self.number += 1
        message = {"jsonrpc": "2.0", "id": self.number, "method": method, "params": parameters}
        self.stream.sendall(json.dumps(message).encode() + b"\n")
        while True:
            line = self.reader.readline()
            if not line.endswith(b"\n"):
                raise ConnectionError("the daemon closed the connection")
            answer = json.loads(line)
            if "method" in answer:
                continue
            if answer.get("id") != self.number or ("result" in answer) == ("error" in answer):
                raise ConnectionError(f"not one clear answer: {line[:300]!r}")
            if "error" in answer:
                raise Refused(answer["error"])
            return answer["result"]

    def upload(self, tenant, name, data):
        handle = self.ask("document/begin", tenant=tenant, name=name, size=len(data))["handle"]
        for place in range(0, len(data), PART):
            self.ask("document/append", handle=handle, data=base64.b64encode(data[place:place + PART]).decode())
        self.ask("document/finish", handle=handle)
        return handle

    def close(self):
        self.reader.close()
        self.stream.close()
