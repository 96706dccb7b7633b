"""A host that gives a plugin what it asks for: documents, storage, secrets and events, in memory and in one folder."""

import hashlib
import json
import os
import shutil
import tempfile
import threading
from pathlib import Path

from plugin import Plugin

PERMISSION_DENIED, NOT_FOUND, INVALID_PARAMETERS = -31999, -31994, -32602


class Host(Plugin):
    """`denied` are the methods that nothing is granted for. Everything that was asked is kept in `asked`."""

    def __init__(self, folder, command, denied=(), environment=None, **more):
        self.folder = Path(tempfile.mkdtemp(prefix="host-"))
        self.outbox = self.folder / "out"
        self.outbox.mkdir()
        (self.folder / "in").mkdir()
        self.denied = set(denied)
        self.documents = {}
        self.count = 0
        self.storage = {}
        self.secrets = {}
        self.events = []
        self.asked = []
        self.notifications = []
        self.writing = threading.Lock()
        super().__init__(folder, command, environment={"CLOISTER_OUTBOX": str(self.outbox), **(environment or {})}, **more)

    def add(self, content, name, media_type):
        """A document of the tenant; the answer is how hooks speak of it."""
        content = content.read_bytes() if isinstance(content, Path) else content
        self.count += 1
        number = f"d{self.count}"
        self.documents[number] = {"name": name, "mediaType": media_type, "size": len(content),
                                  "sha256": hashlib.sha256(content).hexdigest(), "content": content}
        return self.named(number)

    def named(self, number):
        document = self.documents[number]
        return {"document": number, "name": document["name"], "mediaType": document["mediaType"], "size": document["size"]}

    def content(self, document):
        return self.documents[document["document"]]["content"]

    def start_hook(self, kind, hook, handler, value, context=None, deadline=20):
        return self.send(f"hook/{kind}", {"hook": hook, "handler": handler, "id": "r1", "value": value, "context": context or {},
                                          "deadlineMs": int(deadline * 1000)})

    def filter(self, hook, handler, value, **more):
        """The whole answer."""
        return self._answer(self.start_hook("filter", hook, handler, value, **more))

    def action(self, hook, handler, value, **more):
        return self._answer(self.start_hook("action", hook, handler, value, **more))

    def _answer(self, number):
        answer = self.receive()
        assert answer["id"] == number, answer
        return answer

    def write(self, line):
        with self.writing:
            super().write(line)

    def _read(self):
        with self.process.stdout as stdout:
            for line in stdout:
                message = self.parse(line)
                if "method" not in message:
                    self.messages.put(line)
                elif "id" in message:
                    self._serve(message)
                else:
                    self.notifications.append((message["method"], message.get("params")))
        self.messages.put(b"")

    def _serve(self, message):
        method, parameters = message["method"], message.get("params", {})
        self.asked.append((method, parameters))
        try:
            if method in self.denied:
                raise Refusal(PERMISSION_DENIED, f"permission denied: {method}")
            answer = {"result": getattr(self, "_" + method.replace("/", "_"))(**parameters)}
        except Refusal as refusal:
            answer = {"error": {"code": refusal.args[0], "message": refusal.args[1], "data": {"hint": "ask for it"}}}
        try:
            self.write(json.dumps({"jsonrpc": "2.0", "id": message["id"], **answer}).encode() + b"\n")
        except (BrokenPipeError, ValueError):
            pass  # it has ended meanwhile

    def _find(self, number):
        if number not in self.documents:
            raise Refusal(NOT_FOUND, f"document not found: {number}")
        return self.documents[number]

    def _document_info(self, document):
        return {name: value for name, value in self._find(document).items() if name != "content"}

    def _document_open(self, document, call=None):
        place = Path(tempfile.mkdtemp(dir=self.folder / "in"))
        path = place / self._find(document)["name"]
        path.write_bytes(self.documents[document]["content"])
        path.chmod(0o440)
        return {"path": str(path), **self._document_info(document)}

    def _document_create(self, path, name, mediaType):
        if os.path.dirname(os.path.realpath(path)) != str(self.outbox) or not os.path.isfile(path):
            raise Refusal(INVALID_PARAMETERS, f"not a file of /exchange/out: {path}")
        document = self.add(Path(path), name, mediaType)
        return {**document, "sha256": self.documents[document["document"]]["sha256"]}

    def _storage_get(self, key):
        return {"value": self.storage.get(key)}

    def _storage_put(self, key, value):
        self.storage[key] = value
        return {}

    def _storage_delete(self, key):
        return {"deleted": self.storage.pop(key, None) is not None}

    def _storage_list(self, prefix="", cursor=None, limit=100):
        keys = sorted(key for key in self.storage if key.startswith(prefix) and key > (cursor or ""))
        page = keys[:limit]
        return {"keys": page, "cursor": page[-1] if len(keys) > limit else None}

    def _secret_get(self, name):
        if name not in self.secrets:
            raise Refusal(NOT_FOUND, f"secret not found: {name}")
        return {"value": self.secrets[name]}

    def _document_delete(self, document):
        self._find(document)
        del self.documents[document]
        return {}

    def _event_emit(self, event, value, run=None):
        self.events.append((event, value))
        return {}

    def end(self):
        try:
            return super().end()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


class Refusal(Exception):
    """A code and a message."""
