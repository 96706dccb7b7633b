"""Write a Cloister plugin in Python: one file, no dependencies, Python 3.9 or later.

    from cloister import Failure, Plugin, codes

    plugin = Plugin("word-count", "1.0.0")

    @plugin.tool("count")
    def count(call, input):
        document = call.document("text")
        with open(document.path, "rb") as text:
            return {"words": sum(len(line.split()) for line in text)}

    if __name__ == "__main__":
        plugin.run()

It speaks `cloister/1`, as the manual's page "The plugin protocol" specifies it. Messages are read on the main thread,
so that pings and cancellations are heard while handlers work on threads of their own: one, unless the plugin asks for
more. Under a host, standard output belongs to the protocol: what a handler or a program that it starts prints there
goes to standard error, and neither can read the messages from standard input.
"""

from __future__ import annotations

import io
import json
import os
import queue
import re
import stat
import sys
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, BinaryIO, Callable, Dict, Iterator, List, Optional, Sequence, Tuple, TypeVar, Union

    JSON = Any
    Identifier = Union[int, str]
    Tool = Callable[["Call", Dict[str, JSON]], JSON]
    Run = Callable[[], Dict[str, JSON]]
    Handler = Callable[["Call", JSON, Dict[str, JSON]], JSON]
    AnyTool = TypeVar("AnyTool", bound=Tool)
    AnyHandler = TypeVar("AnyHandler", bound=Handler)
    Configured = TypeVar("Configured", bound=Callable[[Dict[str, JSON]], object])

__all__ = ["Call", "Document", "Failure", "Finished", "PROTOCOL", "Plugin", "Storage", "codes"]

PROTOCOL = "cloister/1"

# Where the host takes the files from that a plugin made. Tests outside of a sandbox name a folder of theirs.
OUTBOX = os.environ.get("CLOISTER_OUTBOX", "/exchange/out")
SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"

LINE_LIMIT = 8 * 1024 * 1024
DEPTH_LIMIT = 256
IDENTIFIER_LIMIT = 128
METHOD_LIMIT = 128
MESSAGE_LIMIT = 4096
COMPLAINT_LIMIT = 64 * 1024
USUAL_SECONDS = 30.0


class codes:
    """The errors of `cloister/1`. Callers decide on these, never on the words."""

    PERMISSION_DENIED = -31999
    QUOTA_EXCEEDED = -31998
    DEADLINE_EXCEEDED = -31997
    CANCELLED = -31996
    INVALID_CONFIGURATION = -31995
    NOT_FOUND = -31994
    CONFLICT = -31993
    SHUTTING_DOWN = -31992
    RETRY_LATER = -31991
    PLUGIN_FAILED = -31990
    UNSUPPORTED = -31989
    UNREACHABLE = -31988
    INVALID_PARAMETERS = -32602
    METHOD_NOT_FOUND = -32601
    INTERNAL_ERROR = -32603
    INVALID_REQUEST = -32600
    PARSE_ERROR = -32700


class Failure(Exception):
    """What a caller is told instead of a result, and what a request to the host raises when the host refuses it.

    `message` is one line that names the object and the reason; `hint` says what the reader can do about it. Neither
    should quote the contents of a document. An instance that a handler does not catch is answered as it is.
    """

    def __init__(self, code: int, message: str, hint: Optional[str] = None, *, detail: Optional[str] = None,
                 retry_after: Optional[float] = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.detail = detail
        #: With `codes.RETRY_LATER`: after so many seconds.
        self.retry_after = retry_after


class Document:
    """A file that the host has placed for this call, read-only, and that is gone when the call has ended.

    `name` is the name that people know it by: text that somebody else chose, never a path to use. `id`, `media_type`
    and `sha256` are None for the documents of a tool's input, of which the host tells the place only.
    """

    __slots__ = ("id", "path", "name", "media_type", "size", "sha256")

    def __init__(self, path: str, name: str, size: int, id: Optional[str] = None, media_type: Optional[str] = None,
                 sha256: Optional[str] = None) -> None:
        self.id = id
        self.path = path
        self.name = name
        self.media_type = media_type
        self.size = size
        self.sha256 = sha256

    def sniff(self) -> Optional[str]:
        """The media type that the file's first bytes show, whatever its name says, for common pictures and PDF."""
        with open(self.path, "rb") as file:
            start = file.read(1024)
        for media_type, pattern in _SIGNATURES:
            if pattern.match(start):
                return media_type
        return None


class Finished:
    """A program that `Call.execute` ran to its end. `returncode` is negative for a signal, as with `subprocess`."""

    __slots__ = ("args", "returncode", "stdout", "stderr", "truncated")

    def __init__(self, args: List[str], returncode: int, stdout: bytes, stderr: bytes, truncated: bool) -> None:
        self.args = args
        self.returncode = returncode
        self.stdout = stdout
        #: At most the first 64 KiB.
        self.stderr = stderr
        #: Whether there was more output than the limit. The program was killed then, and `returncode` is 0.
        self.truncated = truncated

    def require(self, message: Optional[str] = None, hint: Optional[str] = None) -> Finished:
        """Raises unless the program succeeded; `message` is what a refusal of the program means to the caller."""
        if self.returncode == 0:
            return self
        program = os.path.basename(self.args[0])
        if self.returncode < 0:
            raise Failure(codes.PLUGIN_FAILED, f"{program} was ended by signal {-self.returncode}",
                          hint or "the document may be damaged, or larger than the plugin's memory")
        raise Failure(codes.PLUGIN_FAILED, message or f"{program} failed with status {self.returncode}", hint)


class Storage:
    """The plugin's own keys and values for this tenant, which outlive the process. Values are JSON."""

    __slots__ = ("_call",)

    def __init__(self, call: Call) -> None:
        self._call = call

    def get(self, key: str) -> JSON:
        """The value, or None when there is none."""
        return self._call.request("storage/get", {"key": key}).get("value")

    def put(self, key: str, value: JSON) -> None:
        self._call.request("storage/put", {"key": key, "value": value})

    def delete(self, key: str) -> bool:
        """Whether there was such a key."""
        return bool(self._call.request("storage/delete", {"key": key}).get("deleted"))

    def list(self, prefix: str = "", cursor: Optional[str] = None,
             limit: Optional[int] = None) -> Tuple[List[str], Optional[str]]:
        """One page of keys in order, and the cursor of the next page or None."""
        parameters: Dict[str, JSON] = {"prefix": prefix}
        if cursor is not None:
            parameters["cursor"] = cursor
        if limit is not None:
            parameters["limit"] = limit
        page = self._call.request("storage/list", parameters)
        return list(page.get("keys") or []), page.get("cursor")

    def keys(self, prefix: str = "") -> Iterator[str]:
        """All keys that begin so, page by page."""
        cursor = None
        while True:
            keys, cursor = self.list(prefix, cursor)
            yield from keys
            if not cursor:
                return


class Call:
    """A tool or hook call under way, and what its handler may ask the host for meanwhile.

    Every request to the host raises `Failure`: with the host's reason when it refuses, and when the call is cancelled
    or its deadline passes before the answer is there.
    """

    def __init__(self, plugin: Plugin, identifier: Identifier, handler: str, input: JSON, seconds: float,
                 run: Optional[str] = None) -> None:
        self._plugin = plugin
        # An action runs under it: when `when_cancelled` is left, none is under way any more.
        self._lock = threading.RLock()
        self._woken: List[Callable[[], object]] = []
        self._files: List[str] = []
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self.id = identifier
        #: The name of the tool or handler.
        self.handler = handler
        #: The input of a tool, the value of a hook.
        self.input = input
        #: The run of the hook; None for a tool.
        self.run = run
        self.cancelled = False
        self.storage = Storage(self)

    def seconds_left(self) -> float:
        """Until the deadline, negative behind it: a little less than the host waits, for a reason to reach it."""
        return self._deadline - time.monotonic()

    def check(self) -> None:
        """Raises when nobody waits for the answer any more. Long work calls this often."""
        if self.cancelled:
            raise Failure(codes.CANCELLED, f"cancelled: {self.handler}")
        if self.seconds_left() <= 0:
            raise Failure(codes.DEADLINE_EXCEEDED, f"deadline exceeded: {self.handler}")

    def progress(self, done: Optional[float] = None, total: Optional[float] = None,
                 message: Optional[str] = None) -> None:
        """Reports to the caller, and gives the call its whole time again, up to the hard limit that the host keeps."""
        self.check()
        report = {"id": self.id, "done": done, "total": total, "message": message}
        self._plugin._notify("progress", {name: value for name, value in report.items() if value is not None})
        self._deadline = time.monotonic() + self._seconds

    def when_cancelled(self, action: Callable[[], object]) -> _Watch:
        """`with call.when_cancelled(stop): …` runs `stop`, on another thread, if the call is cancelled meanwhile."""
        return _Watch(self, action)

    def document(self, name: str = "document") -> Document:
        """The file of an input's property with `format: document`. Raises unless it is a regular, readable file."""
        path = self.input.get(name) if isinstance(self.input, dict) else None
        if not isinstance(path, str) or not os.path.isabs(path) or "\0" in path:
            raise Failure(codes.INVALID_PARAMETERS, f"{name} is the absolute path of a file")
        return Document(path, os.path.basename(path), _size_of(path, name))

    def open(self, document: str) -> Document:
        """The document with this id, as a file. It needs the grant `documents: read`."""
        # With the call's identifier the host takes the file away when the call ends.
        answer = self.request("document/open", {"document": document, "call": self.id})
        return self._described(document, answer, placed=True)

    def info(self, document: str) -> Document:
        """What `open` tells, with an empty path."""
        return self._described(document, self.request("document/info", {"document": document}), placed=False)

    def new_file(self, suffix: str = "") -> str:
        """The path of a new empty file for `create`. It is removed when the call ends; the document lives on."""
        while True:
            path = os.path.join(OUTBOX, os.urandom(8).hex() + suffix)
            try:
                # For everybody to read: the host is another user, and nobody else gets into the folder.
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644))
            except FileExistsError:
                continue
            self._files.append(path)
            return path

    def create(self, path: str, name: str, media_type: str) -> Dict[str, JSON]:
        """Makes a document of a file below `/exchange/out`: `{"document": id, "name", "mediaType", "size", "sha256"}`.

        It needs the grant `documents: create`. The file's contents are settled from here on.
        """
        answer = self.request("document/create", {"path": path, "name": name, "mediaType": media_type})
        if not isinstance(answer.get("document"), str):
            raise Failure(codes.PLUGIN_FAILED, "the host made a document without an id")
        return answer

    def delete(self, document: str) -> None:
        """Deletes a document of the tenant. It needs the grant `documents: delete`."""
        self.request("document/delete", {"document": document})

    def secret(self, name: str) -> JSON:
        """A secret of the tenant that the grant `secrets: read` names."""
        return self.request("secret/get", {"name": name}).get("value")

    def emit(self, event: str, value: JSON) -> JSON:
        """Raises an event that the manifest declares. Of a filter, what its handlers made of the value; else None."""
        parameters: Dict[str, JSON] = {"event": event, "value": value}
        if self.run is not None:
            # By the run during which it is raised the host counts how deep events go.
            parameters["run"] = self.run
        return self.request("event/emit", parameters).get("value")

    def connection(self, connection: str, action: str, input: JSON) -> JSON:
        """An action of a connector that the tenant has connected."""
        return self.request("connection/call", {"connection": connection, "action": action, "input": input})

    def request(self, method: str, parameters: Dict[str, JSON]) -> Dict[str, JSON]:
        """Asks the host anything, and waits for the answer as long as the call lasts."""
        self.check()
        pending = self._plugin._ask(method, parameters)
        try:
            with self.when_cancelled(pending.arrived.set):
                while not pending.arrived.wait(max(0.0, self.seconds_left())):
                    self.check()
            if pending.answer is None and pending.failure is None:
                self.check()
                raise Failure(codes.CANCELLED, f"cancelled: {self.handler}")
        finally:
            self._plugin._forget(pending)
        if pending.failure is not None:
            raise pending.failure
        return pending.answer if isinstance(pending.answer, dict) else {}

    def execute(self, arguments: Sequence[str], *, input: Optional[bytes] = None, limit: int = 16 * 1024 * 1024,
                cut: bool = False, folder: str = "/", environment: Optional[Dict[str, str]] = None) -> Finished:
        """Runs a program to its end and returns what it printed.

        The program and what it started are killed when the call is cancelled and at its deadline. More output than
        `limit` bytes is a failure, or with `cut` ends the program and is left out. The program finds nothing of the
        plugin's environment, only `environment` and the usual four variables. Raises `Failure` if there is none.
        """
        import subprocess

        self.check()
        variables = {"PATH": SEARCH_PATH, "HOME": "/nonexistent", "LANG": "C.UTF-8",
                     "TMPDIR": os.environ.get("TMPDIR", "/tmp"), **(environment or {})}
        arguments = list(arguments)
        program = _program(arguments[0], variables["PATH"])
        process = subprocess.Popen(
            arguments, executable=program, bufsize=0, cwd=folder, env=variables, start_new_session=True,
            stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            # Within this block the program is not reaped, so that its number cannot be another's when it is killed.
            with self.when_cancelled(lambda: _kill(process.pid)):
                output, complaints, complete = _converse(self, process, input or b"", limit)
                pause = 0.001
                while complete and os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                    self.check()
                    time.sleep(pause)
                    pause = min(2 * pause, 0.05)
        finally:
            _kill(process.pid)
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
        if self.cancelled:
            self.check()
        if not complete and not cut:
            raise Failure(codes.QUOTA_EXCEEDED, f"{os.path.basename(program)} printed more than {limit} bytes")
        return Finished(arguments, process.returncode if complete else 0, output, complaints, not complete)

    def _described(self, document: str, answer: Dict[str, JSON], placed: bool) -> Document:
        path, name, size = answer.get("path", ""), answer.get("name"), answer.get("size")
        if not isinstance(path, str) or (placed and not path) or not isinstance(size, int):
            raise Failure(codes.PLUGIN_FAILED, "the host's answer does not describe a document")
        return Document(path, name if isinstance(name, str) else "", size, document,
                        _text(answer.get("mediaType")), _text(answer.get("sha256")))

    def _cancel(self) -> None:
        with self._lock:
            self.cancelled = True
            for action in self._woken:
                action()

    def _end(self) -> None:
        for path in self._files:
            try:
                os.unlink(path)
            except OSError:
                pass


class Plugin:
    """One plugin. Handlers are registered first, then `run` serves them until the host closes standard input.

    `threads` is how many calls are worked on at once. A handler that goes on for `patience` seconds after its call was
    cancelled keeps a thread from the next call: the process ends then, and the host starts a fresh one.
    """

    def __init__(self, name: str, version: str, *, threads: int = 1, patience: float = 10.0) -> None:
        self.name = name
        self.version = version
        #: As the host sent it: checked against the manifest's schema, with defaults filled in.
        self.configuration: Dict[str, JSON] = {}
        #: What the tenant has granted: `{"resource", "actions", "conditions"}` each.
        self.grants: List[Dict[str, JSON]] = []
        #: For whom this process works.
        self.tenant = ""
        #: The longest line in either direction, in bytes.
        self.line_limit = LINE_LIMIT
        self._threads = threads
        self._patience = patience
        self._tools: Dict[str, Tool] = {}
        self._filters: Dict[str, Handler] = {}
        self._actions: Dict[str, Handler] = {}
        self._configured: List[Callable[[Dict[str, JSON]], object]] = []
        self._closing: List[Callable[[], object]] = []
        self._ready = False
        self._usual_seconds = USUAL_SECONDS
        self._input: Optional[BinaryIO] = None
        self._output = -1
        self._writing = threading.Lock()
        # Guards what follows; never held while writing.
        self._lock = threading.Lock()
        self._calls: Dict[Identifier, Call] = {}
        self._running: Dict[Identifier, Call] = {}
        self._unanswered = 0
        self._stopping = False
        self._shutdown: List[Identifier] = []
        self._pending: Dict[Identifier, _Pending] = {}
        self._number = 0
        self._work: queue.SimpleQueue[Optional[Tuple[Call, Run]]] = queue.SimpleQueue()
        if os.environ.get("CLOISTER_PROTOCOL") == PROTOCOL:
            # A host has started this process; what is printed on the way to `run` is no message either.
            self._take_streams()

    def tool(self, name: str) -> Callable[[AnyTool], AnyTool]:
        """Registers `function(call, input)`, which returns the tool's output."""
        def register(function: AnyTool) -> AnyTool:
            self._tools[_new(name, self._tools)] = function
            return function
        return register

    def filter(self, name: str) -> Callable[[AnyHandler], AnyHandler]:
        """Registers `function(call, value, context)`, which returns the value, changed or not."""
        def register(function: AnyHandler) -> AnyHandler:
            self._filters[_new(name, self._filters, self._actions)] = function
            return function
        return register

    def action(self, name: str) -> Callable[[AnyHandler], AnyHandler]:
        """Registers `function(call, value, context)`, whose result is passed over."""
        def register(function: AnyHandler) -> AnyHandler:
            self._actions[_new(name, self._filters, self._actions)] = function
            return function
        return register

    def configured(self, function: Configured) -> Configured:
        """Registers `function(configuration)`, which runs before a configuration is taken and may raise `Failure`."""
        self._configured.append(function)
        return function

    def closing(self, function: Callable[[], object]) -> Callable[[], object]:
        """Registers `function()`, which runs when the host has closed standard input."""
        self._closing.append(function)
        return function

    def log(self, level: str, message: str) -> None:
        """Writes into the plugin's log. `level`: trace, debug, info, notice, warning, error or critical."""
        self._notify("log", {"level": level, "message": message})

    def run(self) -> None:
        """Serves until standard input ends. What is still in flight then is cancelled and has a second to clean up."""
        if self._input is None:
            self._take_streams()
        workers = [threading.Thread(target=self._work_off, daemon=True) for _ in range(self._threads)]
        for worker in workers:
            worker.start()
        status = self._read()
        with self._lock:
            calls = list(self._calls.values())
        for call in calls:
            call._cancel()
        for _ in workers:
            self._work.put(None)
        end = time.monotonic() + 1
        for worker in workers:
            worker.join(max(0.0, end - time.monotonic()))
        for function in self._closing:
            function()
        if status or any(worker.is_alive() for worker in workers):
            # A handler that hangs would be waited for; nobody reads its answer.
            sys.stderr.flush()
            os._exit(status)

    def _take_streams(self) -> None:
        """Keeps the protocol's two pipes under numbers that nobody else knows, and that no child inherits."""
        self._input, self._output = open(os.dup(0), "rb", buffering=1 << 16), os.dup(1)
        nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        # A pipe is buffered as a whole: what a handler prints would be seen when the process ends.
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(line_buffering=True)

    def _read(self) -> int:
        while True:
            line = self._input.readline(self.line_limit + 1) if self._input is not None else b""
            if not line.endswith(b"\n"):
                if len(line) > self.line_limit:
                    _note(f"the host sent a line of more than {self.line_limit} bytes: nothing behind it can be read")
                    return 1
                return 0  # the end, or the end in the middle of a message
            try:
                self._take(_parse(line))
            except _Unreadable as unreadable:
                # Without an identifier there is nobody to answer: an error without one is a strike.
                _note(f"{unreadable}: {line[:200]!r}")

    def _take(self, message: Dict[str, JSON]) -> None:
        if message.get("jsonrpc") != "2.0":
            raise _Unreadable("a message that is not of JSON-RPC 2.0")
        identifier = _identifier(message["id"]) if "id" in message else None
        if "method" not in message:
            if identifier is None or ("result" in message) == ("error" in message):
                raise _Unreadable("neither a request nor an answer")
            return self._settle(identifier, message)
        method, parameters = message["method"], message.get("params")
        if parameters is None:
            parameters = {}
        if identifier is None:
            if method == "cancel" and isinstance(parameters, dict):
                self._cancel(parameters.get("id"))
            return None
        try:
            if not isinstance(method, str) or len(method.encode("utf-8", "replace")) > METHOD_LIMIT:
                raise Failure(codes.INVALID_REQUEST, f"a method is a string of at most {METHOD_LIMIT} bytes")
            if not isinstance(parameters, dict):
                raise Failure(codes.INVALID_PARAMETERS, f"the parameters of {method} are an object")
            return self._serve(identifier, method, parameters)
        except Failure as failure:
            return self._send(_error(identifier, failure))

    def _serve(self, identifier: Identifier, method: str, parameters: Dict[str, JSON]) -> None:
        if method == "tool/call":
            self._start(identifier, *self._tool_call(identifier, parameters))
        elif method == "hook/filter":
            self._start(identifier, *self._hook_call(identifier, parameters, self._filters, "filter"))
        elif method == "hook/action":
            self._start(identifier, *self._hook_call(identifier, parameters, self._actions, "action"))
        elif method == "initialize":
            self._send({"id": identifier, "result": self._initialize(parameters)})
        elif method == "configuration/changed":
            self._configure(parameters.get("configuration"))
            self._send({"id": identifier, "result": {}})
        elif method == "ping":
            self._send({"id": identifier, "result": {}})
        elif method == "shutdown":
            with self._lock:
                self._stopping = True
                self._shutdown.append(identifier)
            self._answer_shutdown()
        else:
            raise Failure(codes.METHOD_NOT_FOUND, f"method not found: {method}")

    def _initialize(self, parameters: Dict[str, JSON]) -> Dict[str, JSON]:
        theirs = parameters.get("protocol")
        if theirs != PROTOCOL:
            raise Failure(codes.UNSUPPORTED, f"the host speaks {str(theirs)[:40]}, this plugin {PROTOCOL}")
        if self._ready:
            raise Failure(codes.CONFLICT, "initialize came a second time")
        limits = parameters.get("limits")
        limits = limits if isinstance(limits, dict) else {}
        if _is_count(limits.get("lineBytes")):
            self.line_limit = limits["lineBytes"]
        if _is_count(limits.get("deadlineMs")):
            self._usual_seconds = limits["deadlineMs"] / 1000
        grants = parameters.get("grants")
        self.grants = [grant for grant in grants if isinstance(grant, dict)] if isinstance(grants, list) else []
        self.tenant = str(parameters.get("tenant", ""))
        self._configure(parameters.get("configuration"))
        self._ready = True
        return {"name": self.name, "version": self.version, "hooks": sorted([*self._filters, *self._actions]),
                "tools": sorted(self._tools)}

    def _configure(self, configuration: JSON) -> None:
        """Takes a configuration as a whole or, when a function refuses it, not at all."""
        configuration = {} if configuration is None else configuration
        if not isinstance(configuration, dict):
            raise Failure(codes.INVALID_CONFIGURATION, "the configuration is an object")
        for function in self._configured:
            try:
                function(configuration)
            except Failure:
                raise
            except Exception as error:
                raise _defect("the check of the configuration", error) from None
        self.configuration = configuration

    def _tool_call(self, identifier: Identifier, parameters: Dict[str, JSON]) -> Tuple[Call, Run]:
        name = parameters.get("name")
        function = _registered(self._tools, name, "tool")
        values = parameters.get("input", {})
        if not isinstance(values, dict):
            raise Failure(codes.INVALID_PARAMETERS, f"the input of {name} is an object")
        call = Call(self, identifier, str(name), values, self._seconds(parameters))
        return call, lambda: {"output": function(call, values)}

    def _hook_call(self, identifier: Identifier, parameters: Dict[str, JSON], handlers: Dict[str, Handler],
                   kind: str) -> Tuple[Call, Run]:
        name = parameters.get("handler")
        function = _registered(handlers, name, kind)
        value, context = parameters.get("value"), parameters.get("context")
        context = dict(context) if isinstance(context, dict) else {}
        for member in ("hook", "id"):
            context.setdefault(member, parameters.get(member))
        call = Call(self, identifier, str(name), value, self._seconds(parameters), _text(parameters.get("id")))

        def run() -> Dict[str, JSON]:
            result = function(call, value, context)
            if kind == "action":
                return {}
            if result is None and value is not None:
                raise Failure(codes.PLUGIN_FAILED, f"the filter {name} returned nothing",
                              "return the value, changed or not")
            return {"value": result}
        return call, run

    def _seconds(self, parameters: Dict[str, JSON]) -> float:
        milliseconds = parameters.get("deadlineMs")
        seconds = self._usual_seconds
        if isinstance(milliseconds, (int, float)) and not isinstance(milliseconds, bool) and 0 < milliseconds < 1e12:
            seconds = milliseconds / 1000
        # A little less than the host's own time, so that the reason for a late answer is still heard.
        return 0.95 * seconds

    def _start(self, identifier: Identifier, call: Call, run: Run) -> None:
        if not self._ready:
            raise Failure(codes.INVALID_REQUEST, f"{call.handler} was called before initialize")
        with self._lock:
            if identifier in self._calls:
                raise _Unreadable("a second request with the identifier of one that is not answered")
            if self._stopping:
                raise Failure(codes.SHUTTING_DOWN, f"shutting down: {self.name}")
            self._calls[identifier] = call
            self._unanswered += 1
        self._work.put((call, run))

    def _cancel(self, identifier: JSON) -> None:
        if not isinstance(identifier, (int, str)) or isinstance(identifier, bool):
            return
        with self._lock:
            call = self._calls.get(identifier)
        if call is not None:
            call._cancel()
            watchdog = threading.Timer(self._patience, self._give_up, [call])
            watchdog.daemon = True
            watchdog.start()

    def _give_up(self, call: Call) -> None:
        with self._lock:
            stuck = self._running.get(call.id) is call
        if stuck:
            _note(f"{call.handler} did not stop within {self._patience:g} seconds of its cancellation")
            os._exit(1)

    def _work_off(self) -> None:
        while True:
            work = self._work.get()
            if work is None:
                return
            call, run = work
            with self._lock:
                self._running[call.id] = call
            try:
                call.check()
                answer = {"id": call.id, "result": run()}
            except Failure as failure:
                answer = _error(call.id, failure)
            except BaseException as error:  # a defect, or sys.exit, must not leave the caller without an answer
                answer = _error(call.id, _defect(call.handler, error))
            call._end()
            # First out of the books, then answered: the host may use the identifier again as soon as it has the answer.
            with self._lock:
                del self._running[call.id], self._calls[call.id]
            try:
                self._send(answer)
            except Failure as failure:
                self._send(_error(call.id, failure))
            with self._lock:
                self._unanswered -= 1
            self._answer_shutdown()

    def _answer_shutdown(self) -> None:
        """Answers once everything that was in flight is answered."""
        with self._lock:
            if self._unanswered:
                return
            answered, self._shutdown = self._shutdown, []
        for identifier in answered:
            self._send({"id": identifier, "result": {}})

    def _ask(self, method: str, parameters: Dict[str, JSON]) -> _Pending:
        with self._lock:
            self._number += 1
            pending = _Pending(self._number)
            self._pending[pending.identifier] = pending
        try:
            self._send({"id": pending.identifier, "method": method, "params": parameters})
        except Failure:
            self._forget(pending)
            raise
        return pending

    def _forget(self, pending: _Pending) -> None:
        with self._lock:
            self._pending.pop(pending.identifier, None)

    def _settle(self, identifier: Identifier, message: Dict[str, JSON]) -> None:
        with self._lock:
            pending = self._pending.pop(identifier, None)
            known = isinstance(identifier, int) and 0 < identifier <= self._number
        if pending is None:
            if not known:
                raise _Unreadable("an answer to a request that was never made")
            return  # nobody waits for it any more
        if "error" in message:
            pending.failure = _failure(message["error"])
        else:
            pending.answer = message["result"] if message["result"] is not None else {}
        pending.arrived.set()

    def _notify(self, method: str, parameters: Dict[str, JSON]) -> None:
        self._send({"method": method, "params": parameters})

    def _send(self, message: Dict[str, JSON]) -> None:
        """Writes a message, or raises `Failure` for one that no line can carry."""
        line = _encode({"jsonrpc": "2.0", **message})
        if len(line) > self.line_limit:
            raise Failure(codes.QUOTA_EXCEEDED, f"larger than a line may be: {len(line)} of {self.line_limit} bytes")
        line += b"\n"
        with self._writing:
            try:
                written = os.write(self._output, line)
                while written < len(line):
                    written += os.write(self._output, memoryview(line)[written:])
            except OSError:
                pass  # nobody reads any more; standard input ends next


class _Unreadable(Exception):
    """A line that cannot be answered."""


class _Pending:
    """A request to the host that is not answered yet."""

    __slots__ = ("identifier", "arrived", "answer", "failure")

    def __init__(self, identifier: int) -> None:
        self.identifier = identifier
        self.arrived = threading.Event()
        self.answer: JSON = None
        self.failure: Optional[Failure] = None


class _Watch:
    __slots__ = ("_call", "_action")

    def __init__(self, call: Call, action: Callable[[], object]) -> None:
        self._call = call
        self._action = action

    def __enter__(self) -> None:
        with self._call._lock:
            self._call._woken.append(self._action)
            if self._call.cancelled:
                self._action()

    def __exit__(self, kind: Optional[type], error: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        with self._call._lock:
            self._call._woken.remove(self._action)


# Readers of PDF accept up to a kilobyte of anything in front of the header, but most writers put nothing there.
_SIGNATURES = [(media_type, re.compile(pattern, re.DOTALL)) for media_type, pattern in [
    ("image/jpeg", rb"\xff\xd8\xff"),
    ("image/png", rb"\x89PNG\r\n\x1a\n"),
    ("image/gif", rb"GIF8[79]a"),
    ("image/webp", rb"RIFF....WEBP"),
    ("image/tiff", rb"II\*\0|MM\0\*"),
    ("image/bmp", rb"BM....\0\0\0\0"),
    ("image/avif", rb"....ftypavi[fs]"),
    ("image/heic", rb"....ftyp(?:hei[cmsx]|hev[cmsx]|mif1|msf1)"),
    ("application/pdf", rb".{0,1019}?%PDF-"),
]]

_HALF_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")


def _parse(line: bytes) -> Dict[str, JSON]:
    """A message, read as strictly as the protocol asks for."""
    try:
        value = json.loads(line.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant)
        if _HALF_PAIR.search(line):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except _Unreadable:
        raise
    except UnicodeError:
        raise _Unreadable("a line with text that is not Unicode") from None
    except (ValueError, RecursionError):
        raise _Unreadable("a line that is not JSON") from None
    if line.count(b"[") + line.count(b"{") > DEPTH_LIMIT and _is_deeper(value, DEPTH_LIMIT):
        raise _Unreadable(f"a line that nests deeper than {DEPTH_LIMIT} levels")
    if not isinstance(value, dict):
        raise _Unreadable("a message that is not an object")
    return value


def _object(pairs: List[Tuple[str, JSON]]) -> Dict[str, JSON]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _Unreadable("an object with a key that stands twice")
    return result


def _constant(name: str) -> JSON:
    raise _Unreadable(f"a line with {name}, which is not JSON")


def _is_deeper(value: JSON, levels: int) -> bool:
    row = [value]
    for _ in range(levels):
        row = [element for container in row if isinstance(container, (dict, list))
               for element in (container.values() if isinstance(container, dict) else container)]
    return any(isinstance(value, (dict, list)) for value in row)


def _identifier(value: JSON) -> Identifier:
    if isinstance(value, int) and not isinstance(value, bool) and -(1 << 63) <= value < 1 << 63:
        return value
    if isinstance(value, str) and len(value.encode("utf-8", "replace")) <= IDENTIFIER_LIMIT:
        return value
    raise _Unreadable("an identifier that is neither a whole number nor a short string")


def _is_count(value: JSON) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _encode(value: JSON) -> bytes:
    """JSON as bytes. Halves of surrogate pairs, which UTF-8 has no form for, become question marks."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")
    except (TypeError, ValueError, RecursionError) as error:
        raise Failure(codes.PLUGIN_FAILED, f"not JSON: {error}") from None


def _error(identifier: Identifier, failure: Failure) -> Dict[str, JSON]:
    error: Dict[str, JSON] = {"code": failure.code, "message": _one_line(failure.message)}
    data: Dict[str, JSON] = {}
    if failure.hint:
        data["hint"] = _one_line(failure.hint)
    if failure.detail:
        data["detail"] = _one_line(failure.detail)
    if failure.retry_after is not None:
        data["retryAfterMs"] = max(0, round(failure.retry_after * 1000))
    if data:
        error["data"] = data
    return {"id": identifier, "error": error}


def _one_line(text: JSON) -> str:
    # A third of the limit in characters is within it in bytes for all but the rarest texts; the host cuts those.
    return " ".join(str(text).split())[: MESSAGE_LIMIT // 3]


def _failure(error: JSON) -> Failure:
    """The host's refusal."""
    error = error if isinstance(error, dict) else {}
    data = error.get("data")
    data = data if isinstance(data, dict) else {}
    code, milliseconds = error.get("code"), data.get("retryAfterMs")
    return Failure(code if isinstance(code, int) else codes.PLUGIN_FAILED, str(error.get("message", "no reason given")),
                   _text(data.get("hint")), detail=_text(data.get("detail")),
                   retry_after=milliseconds / 1000 if isinstance(milliseconds, int) else None)


def _text(value: JSON) -> Optional[str]:
    return value if isinstance(value, str) else None


def _defect(name: str, error: BaseException) -> Failure:
    """The caller learns the kind of the error only: its words may quote a document. The log has all of it."""
    import traceback

    trace = error.__traceback__
    while trace and trace.tb_next and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next  # the author looks for a place in the plugin, not in here
    _note("".join(traceback.format_exception(type(error), error, trace)).rstrip())
    return Failure(codes.PLUGIN_FAILED, f"{name} failed: {type(error).__name__}", "the plugin's log says where")


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _new(name: str, *taken: Dict[str, Any]) -> str:
    if any(name in names for names in taken):
        raise ValueError(f"registered twice: {name}")
    return name


def _registered(functions: Dict[str, Any], name: JSON, kind: str) -> Any:
    function = functions.get(name) if isinstance(name, str) else None
    if function is None:
        known = ", ".join(sorted(functions)) or "none"
        raise Failure(codes.NOT_FOUND, f"{kind} not found: {str(name)[:80]}", f"known: {known}")
    return function


def _size_of(path: str, name: str) -> int:
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise Failure(codes.INVALID_PARAMETERS, f"the {name} is not a regular file")
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
        return status.st_size
    except (FileNotFoundError, NotADirectoryError):
        raise Failure(codes.NOT_FOUND, f"{name} not found") from None
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "its name"
        raise Failure(codes.PLUGIN_FAILED, f"the {name} cannot be read: {reason}") from None


def _program(name: str, path: str) -> str:
    candidates = [name] if "/" in name else [os.path.join(folder, name) for folder in path.split(":")]
    for candidate in candidates:
        if os.access(candidate, os.X_OK) and os.path.isfile(candidate):
            return candidate
    raise Failure(codes.UNSUPPORTED, f"program not found: {os.path.basename(name)}",
                  "install the package that brings it on the host")


def _kill(leader: int) -> None:
    """Kills a program and what it started."""
    import signal

    try:
        os.killpg(leader, signal.SIGKILL)
    except OSError:
        pass


def _converse(call: Call, process: Any, input: bytes, limit: int) -> Tuple[bytes, bytes, bool]:
    """Feeds a program and reads it until both outputs are closed: output, complaints, and whether that is all."""
    import select

    output, complaints, rest = bytearray(), bytearray(), memoryview(input)
    poll = select.poll()
    reading = {process.stdout.fileno(), process.stderr.fileno()}
    for descriptor in reading:
        poll.register(descriptor, select.POLLIN)
    if process.stdin is not None:
        os.set_blocking(process.stdin.fileno(), False)
        poll.register(process.stdin.fileno(), select.POLLOUT)
    while reading:
        call.check()
        for descriptor, _ in poll.poll(1000 * min(0.5, max(0.001, call.seconds_left()))):
            if descriptor not in reading:
                try:
                    rest = rest[os.write(descriptor, rest[: 1 << 16]):]
                except BlockingIOError:
                    continue
                except OSError:
                    rest = rest[:0]  # it does not want the rest
                if not rest:
                    poll.unregister(descriptor)
                    process.stdin.close()
                continue
            part = os.read(descriptor, 1 << 16)
            if not part:
                poll.unregister(descriptor)
                reading.remove(descriptor)
            elif descriptor == process.stderr.fileno():
                # Damaged documents make some programs complain without end: all is read, little is kept.
                complaints += part[: max(0, COMPLAINT_LIMIT - len(complaints))]
            else:
                output += part
                if len(output) > limit:
                    return bytes(output[:limit]), bytes(complaints), False
    call.check()
    return bytes(output), bytes(complaints), True
