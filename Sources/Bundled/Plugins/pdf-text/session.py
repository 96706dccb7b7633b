"""One side of `cloister/1`: reads messages from stdin, runs tools one after the other, writes answers to stdout."""

import json
import queue
import sys
import threading
import time

PROTOCOL = "cloister/1"

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
UNKNOWN_METHOD = -32601
INVALID_PARAMETERS = -32602
DEADLINE_EXCEEDED = -31997
CANCELLED = -31996
NOT_FOUND = -31994
PLUGIN_FAILED = -31990
UNSUPPORTED = -31989

END = object()


class Failure(Exception):
    """What a caller is told. `message` names the object; it never quotes the contents of a document."""

    def __init__(self, code, message, hint=None):
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class Call:
    """A tool call under way. Whoever waits for a helper process sets `abandon`, to be woken by a cancellation."""

    def __init__(self, identifier, tool, values, deadline):
        self.identifier = identifier
        self.tool = tool
        self.input = values
        self.deadline = deadline
        self.cancelled = False
        self.abandon = None

    def seconds_left(self):
        return self.deadline - time.monotonic()

    def check(self):
        """Raises when nobody waits for the answer any more."""
        if self.cancelled:
            raise Failure(CANCELLED, "cancelled")
        if self.seconds_left() <= 0:
            raise Failure(DEADLINE_EXCEEDED, f"deadline exceeded: {self.tool}")

    def cancel(self):
        self.cancelled = True
        if self.abandon is not None:
            self.abandon()


class Session:
    """`tools` maps a name to a function of a `Call` that returns the output or raises `Failure`."""

    def __init__(self, name, version, tools):
        self.name = name
        self.version = version
        self.tools = tools
        self.line_limit = 8 * 1024 * 1024
        self._writing = threading.Lock()
        self._calls = {}
        self._work = queue.SimpleQueue()

    def run(self):
        """Returns when stdin ends; what is still in flight is cancelled and has a second to clean up."""
        worker = threading.Thread(target=self._run_calls, daemon=True)
        worker.start()
        for line in sys.stdin.buffer:
            self._take(line)
        for call in list(self._calls.values()):
            call.cancel()
        self._work.put(END)
        worker.join(1)

    def _take(self, line):
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            return self._fail(None, Failure(PARSE_ERROR, "a line is not JSON"))
        if not isinstance(message, dict):
            return self._fail(None, Failure(INVALID_REQUEST, "a message is an object"))
        method = message.get("method")
        if not isinstance(method, str):
            return None  # an answer: this plugin asks the host nothing
        parameters = message.get("params")
        parameters = parameters if isinstance(parameters, dict) else {}
        if "id" not in message:
            return self._cancel(parameters) if method == "cancel" else None
        try:
            self._answer(message["id"], method, parameters)
        except Failure as failure:
            self._fail(message["id"], failure)

    def _answer(self, identifier, method, parameters):
        if method == "tool/call":
            call = self._make_call(identifier, parameters)
            self._calls[identifier] = call
            self._work.put(call)
        elif method == "shutdown":
            self._work.put(identifier)  # answered behind the calls that are in flight
        elif method == "initialize":
            self._send({"id": identifier, "result": self._initialize(parameters)})
        elif method in ("ping", "configuration/changed"):
            self._send({"id": identifier, "result": {}})
        else:
            raise Failure(UNKNOWN_METHOD, f"method not found: {method[:80]}")

    def _initialize(self, parameters):
        if parameters.get("protocol") != PROTOCOL:
            theirs = str(parameters.get("protocol"))[:40]
            raise Failure(UNSUPPORTED, f"protocol not supported: {theirs}", f"this plugin speaks {PROTOCOL}")
        limits = parameters.get("limits")
        limit = limits.get("lineBytes") if isinstance(limits, dict) else None
        if isinstance(limit, int) and limit > 0:
            self.line_limit = limit
        return {"name": self.name, "version": self.version, "hooks": [], "tools": sorted(self.tools)}

    def _make_call(self, identifier, parameters):
        name, values = parameters.get("name"), parameters.get("input", {})
        if isinstance(identifier, bool) or not isinstance(identifier, (int, str)):
            raise Failure(INVALID_REQUEST, "an id is a string or an integer")
        if name not in self.tools:
            raise Failure(NOT_FOUND, f"tool not found: {str(name)[:80]}", "tools: " + ", ".join(sorted(self.tools)))
        if not isinstance(values, dict):
            raise Failure(INVALID_PARAMETERS, f"the input of {name} is an object")
        milliseconds = parameters.get("deadlineMs")
        usable = isinstance(milliseconds, (int, float)) and milliseconds > 0
        # A little less than the host's own time, so that the reason for a late answer is still heard.
        seconds = milliseconds / 1000 * 0.95 if usable else 30
        return Call(identifier, name, values, time.monotonic() + seconds)

    def _cancel(self, parameters):
        identifier = parameters.get("id")
        call = self._calls.get(identifier) if isinstance(identifier, (int, str)) else None
        if call is not None:
            call.cancel()

    def _run_calls(self):
        while True:
            work = self._work.get()
            if work is END:
                return
            if not isinstance(work, Call):
                self._send({"id": work, "result": {}})
                continue
            try:
                work.check()
                self._send({"id": work.identifier, "result": {"output": self.tools[work.tool](work)}})
            except Failure as failure:
                self._fail(work.identifier, failure)
            except Exception as error:  # a defect here must not leave the caller without an answer
                print(f"{work.tool}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
                self._fail(work.identifier, Failure(PLUGIN_FAILED, f"{work.tool} failed: {type(error).__name__}"))
            finally:
                self._calls.pop(work.identifier, None)

    def _fail(self, identifier, failure):
        error = {"code": failure.code, "message": failure.message}
        if failure.hint:
            error["data"] = {"title": failure.message, "hint": failure.hint}
        self._send({"id": identifier, "error": error})

    def _send(self, message):
        line = encode({"jsonrpc": "2.0", **message})
        if len(line) > self.line_limit:
            raise Failure(PLUGIN_FAILED, "the output is larger than a line may be")
        with self._writing:
            try:
                sys.stdout.buffer.write(line + b"\n")
                sys.stdout.buffer.flush()
            except OSError:
                pass  # nobody reads any more; stdin ends next


def encode(value):
    """JSON as bytes. Lone surrogates, which UTF-8 has no form for, become question marks."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")
