"""A client of Cloister's HTTP API, for host applications: one file, standard library only, Python 3.9 and later.

    from cloister_client import Client

    client = Client("http://127.0.0.1:8080", key="cloister_live_...")      # or "unix:/run/cloister/http.sock"
    document = client.upload("scan.pdf")
    found = client.hook_apply("document.metadata", document=document["document"])
    client.event_emit(event="document.processed", document=document["document"])
    client.download(document["document"], "copy.pdf")

Each operation of the daemon's document (GET /api/openapi.json) is a method of `Client`: `document/list` is
`document_list`. What a method answers is an `Answer`, a dict that also knows the status and the headers; what the daemon
refuses is raised as a `Problem`.

A request that finds no answer is sent again: a POST with the same Idempotency-Key, so that nothing is done twice, others
only where a second time does no harm. How often, and how long the client waits for the daemon's Retry-After, is bounded by
`retries` and `patience`.

A client may be used by several threads at once.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import random
import socket
import ssl
import threading
import time
import urllib.parse
import uuid
from typing import IO, Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, TypeVar, Union

__all__ = ["Answer", "Client", "ConnectionFailed", "Fault", "OMIT", "Problem", "Stream"]

Value = TypeVar("Value")
Own = TypeVar("Own", bound="Transport")
Content = Union[bytes, IO[bytes]]
Progress = Callable[[int, int], None]

_PART = 1 << 18
_LARGEST_ANSWER = 64 << 20


class Omitted:
    """Stands for a member that is not sent; `None` is sent as null."""

    def __repr__(self) -> str:
        return "OMIT"


OMIT = Omitted()
Omittable = Union[Value, Omitted]


class Fault(NamedTuple):
    """One thing that is wrong with a request, and where: one of `pointer`, `parameter` and `header`."""

    detail: str
    hint: Optional[str] = None
    pointer: Optional[str] = None
    parameter: Optional[str] = None
    header: Optional[str] = None


class Problem(Exception):
    """The daemon refused a request, or failed (RFC 9457). Decide on `code`; `detail` and `hint` are for people."""

    def __init__(self, status: int, document: Mapping[str, Any], headers: Mapping[str, str]):
        self.status = status
        self.document = dict(document)
        self.headers = headers
        self.code: str = str(document.get("code", "unknown"))
        self.type: str = str(document.get("type", "about:blank"))
        self.detail: str = str(document.get("detail", ""))
        self.hint: Optional[str] = document.get("hint")
        self.request_id: Optional[str] = document.get("requestId")
        self.errors: List[Fault] = [
            Fault(str(each.get("detail", "")), *(each.get(name) for name in Fault._fields[1:]))
            for each in document.get("errors") or [] if isinstance(each, dict)]
        places = "; ".join(f"{e.pointer or e.parameter or e.header or 'body'}: {e.detail}" for e in self.errors)
        super().__init__(f"{status} {self.code}: {self.detail}" + (f" ({places})" if places else ""))

    @property
    def retry_after(self) -> Optional[float]:
        """Seconds after which the daemon asks to come again."""
        text = self.headers.get("retry-after", "")
        return float(text) if text.isdecimal() else None


class ConnectionFailed(Exception):
    """No answer came, also after the retries; what was asked for may or may not have been done."""


class Answer(Dict[str, Any]):
    """A JSON object of the daemon's, with the status and the headers (in lower case) that it came with."""

    def __init__(self, members: Mapping[str, Any], status: int, headers: Mapping[str, str]):
        super().__init__(members)
        self.status = status
        self.headers = headers

    @property
    def etag(self) -> Optional[str]:
        """For `if_match`, where what was read can be edited."""
        return self.headers.get("etag")


class Stream:
    """An answer's bytes as they come. Use it in a `with`, or close it."""

    def __init__(self, response: http.client.HTTPResponse, headers: Mapping[str, str], done: Callable[[bool], None]):
        self._response = response
        self._done: Optional[Callable[[bool], None]] = done
        self.status = response.status
        self.headers = headers

    def read(self, size: int = -1) -> bytes:
        try:
            return self._response.read(None if size < 0 else size)
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionFailed(f"the answer broke off: {error}") from error

    def __iter__(self) -> Iterator[bytes]:
        while True:
            part = self.read(_PART)
            if not part:
                return
            yield part

    def events(self) -> Iterator[Any]:
        """The server-sent events of an answer that goes on, each one's JSON."""
        data: List[str] = []
        while True:
            try:
                line = self._response.readline(1 << 20).decode("utf-8")
            except (OSError, http.client.HTTPException) as error:
                raise ConnectionFailed(f"the answer broke off: {error}") from error
            if not line:
                return
            text = line.rstrip("\r\n")
            if text.startswith("data:"):
                data.append(text[5:].lstrip(" "))
            elif not text and data:
                yield json.loads("\n".join(data))
                data = []

    def close(self) -> None:
        done, self._done = self._done, None
        if done:
            done(self._response.isclosed())
            self._response.close()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float):
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Transport:
    """Sends requests, over connections that are used again, and reads what comes back."""

    def __init__(
        self, address: str, key: str, tenant: Optional[str] = None, timeout: float = 60, retries: int = 4, patience: float = 30,
        context: Optional[ssl.SSLContext] = None, insecure: bool = False,
    ):
        """`address` is http://HOST:PORT, https://HOST or unix:PATH. `tenant` is for keys that are bound to none.

        Without TLS the key is sent to this machine only, unless `insecure` says that the network in between is trusted.
        """
        parts = urllib.parse.urlsplit(address)
        if parts.scheme not in ("http", "https", "unix") or parts.query or parts.fragment or (
                parts.scheme != "unix" and (not parts.hostname or parts.path not in ("", "/") or parts.username)):
            raise ValueError("an address is http://HOST:PORT, https://HOST or unix:PATH")
        if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1") and not insecure:
            raise ValueError(f"the key would go to {parts.hostname} unencrypted: use https, or insecure=True")
        self._parts, self._key, self.tenant = parts, key, tenant
        self._timeout, self._retries, self._patience = timeout, retries, patience
        self._context = context or (ssl.create_default_context() if parts.scheme == "https" else None)
        self._idle: List[http.client.HTTPConnection] = []
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Client({self._parts.geturl()!r})"

    def __enter__(self: Own) -> Own:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections that are not in use."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def request(
        self, method: str, path: str, query: Optional[Mapping[str, Any]] = None, body: Optional[Mapping[str, Any]] = None,
        content: Optional[Content] = None, headers: Optional[Mapping[str, Any]] = None, stream: bool = False,
    ) -> Any:
        """Any request of the API; the methods of `Client` are made of it.

        Answers an `Answer`, a text, None where there is no content, or a `Stream` for bytes. `body` is sent as JSON without
        the members that are `OMIT`; `content` as it is, from where it stands.
        """
        fields = {"Authorization": f"Bearer {self._key}", "Accept": "application/json, */*"}
        fields.update({name: str(value) for name, value in (headers or {}).items() if value is not None})
        pairs = [(name, _text(value)) for name, value in (query or {}).items() if value is not None and value is not OMIT]
        target = path + ("?" + urllib.parse.urlencode(pairs, quote_via=urllib.parse.quote) if pairs else "")
        data: Optional[Content] = content
        if body is not None:
            members = {name: value for name, value in body.items() if value is not OMIT}
            data = json.dumps(members, ensure_ascii=False, allow_nan=False).encode("utf-8")
            fields["Content-Type"] = "application/json"
        start = data.tell() if data is not None and not isinstance(data, bytes) and data.seekable() else None
        if data is not None:
            fields["Content-Length"] = str(_length(data))
        if method == "POST" and "Idempotency-Key" not in fields:
            fields["Idempotency-Key"] = uuid.uuid4().hex
        isRepeatable = (data is None or isinstance(data, bytes) or start is not None)
        isHarmless = isRepeatable and method != "PATCH"
        attempt = 0
        while True:
            if start is not None and attempt:
                data.seek(start)  # type: ignore[union-attr]
            wait = min(self._patience, 0.1 * 2 ** attempt * (0.5 + random.random()))
            try:
                return self._once(method, target, fields, data, stream)
            except Problem as problem:
                asked = problem.retry_after
                # A quota that is used up has no time after which it is not.
                # A conflict with a time is with an earlier try of the same request, of which the answer did not come.
                isPassing = problem.status == 503 or (problem.status in (409, 429) and asked is not None)
                if not isRepeatable or not isPassing or attempt >= self._retries or (asked or 0) > self._patience:
                    raise
                wait = max(wait, asked or 0)
            except ConnectionFailed:
                if not isHarmless or attempt >= self._retries:
                    raise
            attempt += 1
            time.sleep(wait)

    def _once(self, method: str, target: str, fields: Mapping[str, str], data: Optional[Content], stream: bool) -> Any:
        connection = self._take()
        try:
            try:
                connection.request(method, target, body=data, headers=dict(fields))
            except (BrokenPipeError, ConnectionResetError):
                # A refusal may have come before all was sent.
                pass
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise ConnectionFailed(f"no answer to {method} {target.partition('?')[0]}: {error or type(error).__name__}") from error
        headers = {name.lower(): value for name, value in response.getheaders()}
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        answer = Stream(response, headers, lambda isWhole: self._give(connection, isWhole and not response.will_close))
        if response.status < 400 and (stream or kind == "text/event-stream"):
            return answer
        with answer:
            text = b"" if method == "HEAD" else answer.read(_LARGEST_ANSWER + 1)
            if len(text) > _LARGEST_ANSWER:
                raise ConnectionFailed("the answer is larger than any of the daemon's")
            if method != "HEAD" and int(headers.get("content-length", len(text))) != len(text):
                raise ConnectionFailed("the answer broke off")
            if response.status >= 400:
                raise Problem(response.status, _document(text, response.status), headers)
            if kind in ("application/json", "application/scim+json") and text:
                value = json.loads(text)
                return Answer(value, response.status, headers) if isinstance(value, dict) else value
            if kind.startswith("text/"):
                return text.decode("utf-8")
            return Answer({}, response.status, headers) if method == "HEAD" or response.status == 204 else text

    def _take(self) -> http.client.HTTPConnection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        if self._parts.scheme == "unix":
            return _UnixConnection(self._parts.path, self._timeout)
        host, port = self._parts.hostname or "", self._parts.port
        if self._context is not None:
            return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=self._context)
        return http.client.HTTPConnection(host, port, timeout=self._timeout)

    def _give(self, connection: http.client.HTTPConnection, isUsable: bool) -> None:
        with self._lock:
            if isUsable and len(self._idle) < 8:
                self._idle.append(connection)
                return
        connection.close()


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _path(text: Any) -> str:
    return urllib.parse.quote(str(text), safe="")


def _length(content: Content) -> int:
    if isinstance(content, bytes):
        return len(content)
    here = content.tell()
    end = content.seek(0, io.SEEK_END)
    content.seek(here)
    return end - here


def _document(text: bytes, status: int) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {"code": "unknown", "detail": f"answered {status} without a problem's document"}


# The daemon's document begins.
class Operations(Transport):
    """One method for each operation, written by Tests/api/client_methods.py."""

    def _tenant(self, tenant: Optional[str]) -> Optional[str]:
        return self.tenant if tenant is None else tenant

    def approval_decide(
        self, run: str, *, approved: bool, step: str, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        form: Omittable[Any] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """approval/decide: Decides what a run asks, as the person who is logged in. Each person decides once. Scope
        `workflows:run`."""
        return self.request(
            "POST",
            f"/api/runs/{_path(run)}/decide",
            query={"tenant": self._tenant(tenant)},
            body={"approved": approved, "form": form, "step": step},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def approval_list(
        self, *, tenant: Optional[str] = None, cursor: Optional[str] = None, limit: Optional[int] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """approval/list: What people of the tenant are asked to decide, the oldest first. Scope `workflows:read`."""
        return self.request(
            "GET",
            "/api/approvals",
            query={"tenant": self._tenant(tenant), "cursor": cursor, "limit": limit},
            headers=headers,
        )

    def audit_export(
        self, *, tenant: Optional[str] = None, from_: Optional[str] = None, to: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """audit/export: A log as JSON lines, the oldest entry first. Scope `audit:read`."""
        return self.request(
            "GET",
            "/api/audit/export",
            query={"tenant": self._tenant(tenant), "from": from_, "to": to},
            headers=headers,
        )

    def audit_list(
        self, *, tenant: Optional[str] = None, from_: Optional[str] = None, to: Optional[str] = None,
        cursor: Optional[str] = None, limit: Optional[int] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """audit/list: What was changed and denied, the newest first; the platform's log, without a tenant. Scope `audit:read`."""
        return self.request(
            "GET",
            "/api/audit",
            query={"tenant": self._tenant(tenant), "from": from_, "to": to, "cursor": cursor, "limit": limit},
            headers=headers,
        )

    def audit_verify(self, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """audit/verify: Whether a log is whole, or what is wrong with it first. Scope `audit:read`."""
        return self.request("GET", "/api/audit/verify", query={"tenant": self._tenant(tenant)}, headers=headers)

    def document_delete(
        self, document: str, *, tenant: Optional[str] = None, if_match: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """document/delete: Deletes a document. Scope `documents:write`."""
        return self.request(
            "DELETE",
            f"/api/documents/{_path(document)}",
            query={"tenant": self._tenant(tenant)},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def document_keep(
        self, *, name: str, content: Content, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """document/keep: Receives the document that is the body, whatever its type. Scope `documents:write`."""
        return self.request(
            "POST",
            "/api/documents",
            query={"tenant": self._tenant(tenant), "name": name},
            content=content,
            headers={"Content-Type": "application/octet-stream", "Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def document_list(
        self, *, tenant: Optional[str] = None, cursor: Optional[str] = None, limit: Optional[int] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """document/list: The documents of a tenant, the newest first. Scope `documents:read`."""
        return self.request(
            "GET",
            "/api/documents",
            query={"tenant": self._tenant(tenant), "cursor": cursor, "limit": limit},
            headers=headers,
        )

    def document_process(
        self, document: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """document/process: Passes a document through the filters of its content and its metadata. Scope `documents:write`."""
        return self.request(
            "POST",
            f"/api/documents/{_path(document)}/process",
            query={"tenant": self._tenant(tenant)},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def document_read(
        self, document: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Stream:
        """document/read: The document itself, or a part of it. Scope `documents:read`."""
        return self.request(
            "GET",
            f"/api/documents/{_path(document)}/content",
            query={"tenant": self._tenant(tenant)},
            stream=True,
            headers=headers,
        )

    def document_show(
        self, document: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """document/show: What is known about a document. Scope `documents:read`."""
        return self.request("GET", f"/api/documents/{_path(document)}", query={"tenant": self._tenant(tenant)}, headers=headers)

    def event_emit(
        self, *, event: str, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        document: Omittable[str] = OMIT, value: Omittable[Any] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """event/emit: Tells an event of the host application to the plugins of a tenant: document.…, workflow.… or sync.…. Scope
        `hooks:run`."""
        return self.request(
            "POST",
            "/api/events",
            query={"tenant": self._tenant(tenant)},
            body={"document": document, "event": event, "value": value},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def health(self, *, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """health: Whether the server answers at all."""
        return self.request("GET", "/healthz", headers=headers)

    def hook_apply(
        self, name: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        document: Omittable[str] = OMIT, value: Omittable[Any] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """hook/apply: Passes a value through the handlers of an event; the answer holds what they made of it. Scope
        `hooks:run`."""
        return self.request(
            "POST",
            f"/api/hooks/{_path(name)}/apply",
            query={"tenant": self._tenant(tenant)},
            body={"document": document, "value": value},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def hook_list(self, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """hook/list: The events of a tenant and the handlers that stand at each. Scope `hooks:read`."""
        return self.request("GET", "/api/hooks", query={"tenant": self._tenant(tenant)}, headers=headers)

    def hook_restore(
        self, plugin: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        handler: Omittable[str] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """hook/restore: Brings handlers back that were set aside after repeated failure. Scope `hooks:write`."""
        return self.request(
            "POST",
            f"/api/plugins/{_path(plugin)}/handlers/restore",
            query={"tenant": self._tenant(tenant)},
            body={"handler": handler},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def identity_provider_check(
        self, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """identity-provider/check: Asks the provider now, as a login would. Scope `people:write`."""
        return self.request(
            "POST",
            "/api/identity-provider/check",
            query={"tenant": self._tenant(tenant)},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def identity_provider_delete(
        self, *, tenant: Optional[str] = None, if_match: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """identity-provider/delete: Lets nobody in by the provider any more. Sessions that are open stay. Scope
        `people:write`."""
        return self.request(
            "DELETE",
            "/api/identity-provider",
            query={"tenant": self._tenant(tenant)},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def identity_provider_set(
        self, *, clientId: str, domains: Sequence[str], issuer: str, name: str, tenant: Optional[str] = None,
        if_match: Optional[str] = None, clientSecret: Omittable[str] = OMIT,
        groups: Omittable[Sequence[Mapping[str, Any]]] = OMIT, groupsClaim: Omittable[str] = OMIT,
        role: Omittable[str] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """identity-provider/set: Sets the OpenID provider at which a tenant's people may log in. Scope `people:write`."""
        return self.request(
            "PUT",
            "/api/identity-provider",
            query={"tenant": self._tenant(tenant)},
            body={"clientId": clientId, "clientSecret": clientSecret, "domains": domains, "groups": groups, "groupsClaim": groupsClaim, "issuer": issuer, "name": name, "role": role},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def identity_provider_show(self, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """identity-provider/show: Where a tenant's people may log in besides here, without its secret. Scope `people:read`."""
        return self.request("GET", "/api/identity-provider", query={"tenant": self._tenant(tenant)}, headers=headers)

    def invitation_accept(
        self, *, invitation: str, name: str, password: str, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """invitation/accept: Makes a person of who has the text of an invitation. It is good once; the person logs in
        afterwards."""
        return self.request(
            "POST",
            "/api/invitations/accept",
            body={"invitation": invitation, "name": name, "password": password},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def invitation_list(
        self, *, tenant: Optional[str] = None, cursor: Optional[str] = None, limit: Optional[int] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """invitation/list: Invitations that nobody accepted yet. Scope `people:read`."""
        return self.request(
            "GET",
            "/api/invitations",
            query={"tenant": self._tenant(tenant), "cursor": cursor, "limit": limit},
            headers=headers,
        )

    def invitation_revoke(
        self, invitation: str, *, tenant: Optional[str] = None, if_match: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """invitation/revoke: Withdraws an invitation. Scope `people:write`."""
        return self.request(
            "DELETE",
            f"/api/invitations/{_path(invitation)}",
            query={"tenant": self._tenant(tenant)},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def invitation_show(
        self, invitation: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """invitation/show: An invitation, without its text. Scope `people:read`."""
        return self.request(
            "GET",
            f"/api/invitations/{_path(invitation)}",
            query={"tenant": self._tenant(tenant)},
            headers=headers,
        )

    def key_create(
        self, *, name: str, scopes: Sequence[str], tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        days: Omittable[int] = OMIT, environment: Omittable[str] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """key/create: Makes a key with no more scopes than the one that asks. The answer alone holds its text. Scope
        `keys:write`."""
        return self.request(
            "POST",
            "/api/keys",
            query={"tenant": self._tenant(tenant)},
            body={"days": days, "environment": environment, "name": name, "scopes": scopes},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def key_list(
        self, *, tenant: Optional[str] = None, cursor: Optional[str] = None, limit: Optional[int] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """key/list: The keys of a tenant; of all and of the operators, without a tenant. Scope `keys:read`."""
        return self.request(
            "GET",
            "/api/keys",
            query={"tenant": self._tenant(tenant), "cursor": cursor, "limit": limit},
            headers=headers,
        )

    def key_revoke(
        self, key: str, *, tenant: Optional[str] = None, if_match: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """key/revoke: Revokes a key: it opens nothing any more. Scope `keys:write`."""
        return self.request(
            "DELETE",
            f"/api/keys/{_path(key)}",
            query={"tenant": self._tenant(tenant)},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def key_show(self, key: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """key/show: A key, without its text. Scope `keys:read`."""
        return self.request("GET", f"/api/keys/{_path(key)}", query={"tenant": self._tenant(tenant)}, headers=headers)

    def login(
        self, *, email: str, password: str, idempotency_key: Optional[str] = None, code: Omittable[str] = OMIT,
        tenant: Omittable[str] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """login: Opens a session: the answer sets its cookie."""
        return self.request(
            "POST",
            "/api/login",
            body={"code": code, "email": email, "password": password, "tenant": tenant},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def logout(self, *, idempotency_key: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """logout: Ends the session. For a person who is logged in, about the own affairs."""
        return self.request("POST", "/api/logout", headers={"Idempotency-Key": idempotency_key, **(headers or {})})

    def marketplace_install(
        self, id: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        configuration: Omittable[Mapping[str, Any]] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """marketplace/install: Installs a plugin that is available. Scope `plugins:write`."""
        return self.request(
            "POST",
            f"/api/marketplace/plugins/{_path(id)}/install",
            query={"tenant": self._tenant(tenant)},
            body={"configuration": configuration},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def marketplace_plugin(self, id: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """marketplace/plugin: A plugin that is installed or can be. Scope `plugins:read`."""
        return self.request(
            "GET",
            f"/api/marketplace/plugins/{_path(id)}",
            query={"tenant": self._tenant(tenant)},
            headers=headers,
        )

    def marketplace_plugins(
        self, *, tenant: Optional[str] = None, cursor: Optional[str] = None, limit: Optional[int] = None,
        q: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """marketplace/plugins: The plugins that are installed or can be. Scope `plugins:read`."""
        return self.request(
            "GET",
            "/api/marketplace/plugins",
            query={"tenant": self._tenant(tenant), "cursor": cursor, "limit": limit, "q": q},
            headers=headers,
        )

    def marketplace_submit(
        self, *, content: Content, tenant: Optional[str] = None, consent: Optional[bool] = None,
        enable: Optional[bool] = None, acceptNewSigner: Optional[bool] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """marketplace/submit: Installs the package that is the body, for one tenant. Scope `plugins:write`."""
        return self.request(
            "POST",
            "/api/marketplace/plugins",
            query={"tenant": self._tenant(tenant), "consent": consent, "enable": enable, "acceptNewSigner": acceptNewSigner},
            content=content,
            headers={"Content-Type": "application/octet-stream", "Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def marketplace_uninstall(
        self, id: str, *, tenant: Optional[str] = None, purge: Optional[bool] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """marketplace/uninstall: Removes a plugin from a tenant. Scope `plugins:write`."""
        return self.request(
            "DELETE",
            f"/api/marketplace/plugins/{_path(id)}",
            query={"tenant": self._tenant(tenant), "purge": purge},
            headers=headers,
        )

    def me(self, *, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """me: Who is logged in, what that opens, and the token for the session's forms. For a person who is logged in, about the
        own affairs."""
        return self.request("GET", "/api/me", headers=headers)

    def me_password(self, *, current: str, new: str, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """me/password: Sets another password. All other sessions end, and this one goes on under a new cookie. For a person who
        is logged in, about the own affairs."""
        return self.request("PUT", "/api/me/password", body={"current": current, "new": new}, headers=headers)

    def me_second_factor_begin(
        self, *, password: str, idempotency_key: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """me/second-factor/begin: Begins to set up codes of an app; nothing is asked for before the first code is confirmed. For
        a person who is logged in, about the own affairs."""
        return self.request(
            "POST",
            "/api/me/second-factor",
            body={"password": password},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def me_second_factor_confirm(
        self, *, code: str, idempotency_key: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """me/second-factor/confirm: Puts the codes in force. The answer alone holds the recovery codes, each good once. For a
        person who is logged in, about the own affairs."""
        return self.request(
            "POST",
            "/api/me/second-factor/confirm",
            body={"code": code},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def me_second_factor_remove(
        self, *, code: str, password: str, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """me/second-factor/remove: Asks for no more codes. For a person who is logged in, about the own affairs."""
        return self.request(
            "POST",
            "/api/me/second-factor/remove",
            body={"code": code, "password": password},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def me_sessions(
        self, *, cursor: Optional[str] = None, limit: Optional[int] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """me/sessions: The own sessions. For a person who is logged in, about the own affairs."""
        return self.request("GET", "/api/me/sessions", query={"cursor": cursor, "limit": limit}, headers=headers)

    def me_sessions_revoke(
        self, session: str, *, if_match: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """me/sessions/revoke: Ends one of the own sessions. For a person who is logged in, about the own affairs."""
        return self.request("DELETE", f"/api/me/sessions/{_path(session)}", headers={"If-Match": if_match, **(headers or {})})

    def me_sessions_show(self, session: str, *, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """me/sessions/show: One of the own sessions. For a person who is logged in, about the own affairs."""
        return self.request("GET", f"/api/me/sessions/{_path(session)}", headers=headers)

    def metrics(self, *, headers: Optional[Mapping[str, str]] = None) -> str:
        """metrics: What the daemon counts and measures, for Prometheus. Scope `metrics:read`, of a key that is bound to no
        tenant."""
        return self.request("GET", "/metrics", headers=headers)

    def notification_list(
        self, *, unread: Optional[bool] = None, cursor: Optional[str] = None, limit: Optional[int] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """notification/list: What the tenant's people were told of, the newest first. For a person who is logged in, about the
        own affairs."""
        return self.request(
            "GET",
            "/api/me/notifications",
            query={"unread": unread, "cursor": cursor, "limit": limit},
            headers=headers,
        )

    def notification_preferences_set(
        self, *, preferences: Mapping[str, Any], if_match: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """notification/preferences/set: Chooses other ways. For a person who is logged in, about the own affairs."""
        return self.request(
            "PATCH",
            "/api/me/notifications/preferences",
            body={"preferences": preferences},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def notification_preferences_show(self, *, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """notification/preferences/show: By which ways the person is told of what. For a person who is logged in, about the own
        affairs."""
        return self.request("GET", "/api/me/notifications/preferences", headers=headers)

    def notification_read(
        self, *, idempotency_key: Optional[str] = None, notification: Omittable[str] = OMIT,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """notification/read: Marks a notice as read, or all that there are. For a person who is logged in, about the own
        affairs."""
        return self.request(
            "POST",
            "/api/me/notifications/read",
            body={"notification": notification},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def openapi(self, *, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """openapi: This document."""
        return self.request("GET", "/api/openapi.json", headers=headers)

    def person_invite(
        self, *, email: str, role: str, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        days: Omittable[int] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """person/invite: Invites somebody to a role no wider than that of whoever asks. The answer alone holds the invitation's
        text. Scope `people:write`."""
        return self.request(
            "POST",
            "/api/invitations",
            query={"tenant": self._tenant(tenant)},
            body={"days": days, "email": email, "role": role},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def person_list(
        self, *, tenant: Optional[str] = None, cursor: Optional[str] = None, limit: Optional[int] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """person/list: The persons of a tenant; the platform's, without a tenant. Scope `people:read`."""
        return self.request(
            "GET",
            "/api/people",
            query={"tenant": self._tenant(tenant), "cursor": cursor, "limit": limit},
            headers=headers,
        )

    def person_remove(
        self, person: str, *, tenant: Optional[str] = None, keys: Optional[bool] = None, if_match: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """person/remove: Removes a person. The person's sessions end; keys that the person made stay, but with keys. Scope
        `people:write`."""
        return self.request(
            "DELETE",
            f"/api/people/{_path(person)}",
            query={"tenant": self._tenant(tenant), "keys": keys},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def person_role(
        self, person: str, *, role: str, tenant: Optional[str] = None, if_match: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """person/role: Gives a person another role, no wider than that of whoever asks. It ends the person's sessions. Scope
        `people:write`."""
        return self.request(
            "PATCH",
            f"/api/people/{_path(person)}",
            query={"tenant": self._tenant(tenant)},
            body={"role": role},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def person_show(self, person: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """person/show: A person. Scope `people:read`."""
        return self.request("GET", f"/api/people/{_path(person)}", query={"tenant": self._tenant(tenant)}, headers=headers)

    def plan_delete(self, plan: str, *, if_match: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """plan/delete: Deletes a plan that no tenant has. Scope `tenants:write`, of a key that is bound to no tenant."""
        return self.request("DELETE", f"/api/plans/{_path(plan)}", headers={"If-Match": if_match, **(headers or {})})

    def plan_list(
        self, *, cursor: Optional[str] = None, limit: Optional[int] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """plan/list: The plans, by name. Scope `tenants:read`, of a key that is bound to no tenant."""
        return self.request("GET", "/api/plans", query={"cursor": cursor, "limit": limit}, headers=headers)

    def plan_set(
        self, plan: str, *, currency: str, name: str, if_match: Optional[str] = None,
        meters: Omittable[Mapping[str, Any]] = OMIT, price: Omittable[int] = OMIT,
        quota: Omittable[Mapping[str, Any]] = OMIT, rate: Omittable[Optional[Mapping[str, Any]]] = OMIT,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """plan/set: Makes a plan, or gives it other terms, which hold for the tenants that have it from the hour on. Scope
        `tenants:write`, of a key that is bound to no tenant."""
        return self.request(
            "PUT",
            f"/api/plans/{_path(plan)}",
            body={"currency": currency, "meters": meters, "name": name, "price": price, "quota": quota, "rate": rate},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def plan_show(self, plan: str, *, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """plan/show: A plan. Scope `tenants:read`, of a key that is bound to no tenant."""
        return self.request("GET", f"/api/plans/{_path(plan)}", headers=headers)

    def plugin_call(
        self, plugin: str, *, tool: str, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        deadlineMs: Omittable[int] = OMIT, input: Omittable[Any] = OMIT, stored: Omittable[Mapping[str, Any]] = OMIT,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """plugin/call: Calls a tool; the answer is the tool's output. Scope `plugins:call`."""
        return self.request(
            "POST",
            f"/api/plugins/{_path(plugin)}/call",
            query={"tenant": self._tenant(tenant)},
            body={"deadlineMs": deadlineMs, "input": input, "stored": stored, "tool": tool},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def plugin_configuration(
        self, plugin: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """plugin/configuration: The configuration as it was given; what the manifest calls a secret is (secret) where there is
        one. Scope `plugins:read`."""
        return self.request(
            "GET",
            f"/api/plugins/{_path(plugin)}/configuration",
            query={"tenant": self._tenant(tenant)},
            headers=headers,
        )

    def plugin_configure(
        self, plugin: str, *, configuration: Mapping[str, Any], tenant: Optional[str] = None,
        if_match: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """plugin/configure: Replaces the configuration. A secret that is given as it is shown stays as it was. Scope
        `plugins:write`."""
        return self.request(
            "PUT",
            f"/api/plugins/{_path(plugin)}/configuration",
            query={"tenant": self._tenant(tenant)},
            body={"configuration": configuration},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def plugin_consent(
        self, plugin: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        digest: Omittable[str] = OMIT, version: Omittable[str] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """plugin/consent: Grants what the manifest asks for. Scope `plugins:write`."""
        return self.request(
            "POST",
            f"/api/plugins/{_path(plugin)}/consent",
            query={"tenant": self._tenant(tenant)},
            body={"digest": digest, "version": version},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def plugin_disable(
        self, plugin: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """plugin/disable: Takes a plugin out of work; its data stays. Scope `plugins:write`."""
        return self.request(
            "POST",
            f"/api/plugins/{_path(plugin)}/disable",
            query={"tenant": self._tenant(tenant)},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def plugin_enable(
        self, plugin: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """plugin/enable: Lets a plugin work. Scope `plugins:write`."""
        return self.request(
            "POST",
            f"/api/plugins/{_path(plugin)}/enable",
            query={"tenant": self._tenant(tenant)},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def plugin_install(
        self, *, content: Content, tenant: Optional[str] = None, consent: Optional[bool] = None,
        enable: Optional[bool] = None, acceptNewSigner: Optional[bool] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """plugin/install: Installs the package that is the body. Scope `plugins:write`."""
        return self.request(
            "POST",
            "/api/plugins",
            query={"tenant": self._tenant(tenant), "consent": consent, "enable": enable, "acceptNewSigner": acceptNewSigner},
            content=content,
            headers={"Content-Type": "application/octet-stream", "Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def plugin_list(
        self, *, tenant: Optional[str] = None, cursor: Optional[str] = None, limit: Optional[int] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """plugin/list: The plugins of a tenant, by identifier. Scope `plugins:read`."""
        return self.request(
            "GET",
            "/api/plugins",
            query={"tenant": self._tenant(tenant), "cursor": cursor, "limit": limit},
            headers=headers,
        )

    def plugin_logs(
        self, plugin: str, *, tenant: Optional[str] = None, lines: Optional[int] = None, follow: Optional[bool] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Union[Answer, Stream]:
        """plugin/logs: What a plugin wrote last. With follow, events of the type text/event-stream until you leave. Scope
        `plugins:read`."""
        return self.request(
            "GET",
            f"/api/plugins/{_path(plugin)}/logs",
            query={"tenant": self._tenant(tenant), "lines": lines, "follow": follow},
            headers=headers,
        )

    def plugin_permissions(
        self, plugin: str, *, tenant: Optional[str] = None, if_match: Optional[str] = None,
        grant: Omittable[Sequence[str]] = OMIT, revoke: Omittable[Sequence[str]] = OMIT, shrink: Omittable[bool] = OMIT,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """plugin/permissions: Changes what a plugin is granted. Scope `plugins:write`."""
        return self.request(
            "PATCH",
            f"/api/plugins/{_path(plugin)}/permissions",
            query={"tenant": self._tenant(tenant)},
            body={"grant": grant, "revoke": revoke, "shrink": shrink},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def plugin_permissions_show(
        self, plugin: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """plugin/permissions/show: What a plugin asks for, was granted, and used. Scope `plugins:read`."""
        return self.request(
            "GET",
            f"/api/plugins/{_path(plugin)}/permissions",
            query={"tenant": self._tenant(tenant)},
            headers=headers,
        )

    def plugin_pin(
        self, plugin: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        pinned: Omittable[bool] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """plugin/pin: Keeps a plugin at its version, or lets go of it. Scope `plugins:write`."""
        return self.request(
            "POST",
            f"/api/plugins/{_path(plugin)}/pin",
            query={"tenant": self._tenant(tenant)},
            body={"pinned": pinned},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def plugin_restart(
        self, plugin: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """plugin/restart: Starts a plugin anew. Scope `plugins:write`."""
        return self.request(
            "POST",
            f"/api/plugins/{_path(plugin)}/restart",
            query={"tenant": self._tenant(tenant)},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def plugin_rollback(
        self, plugin: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        version: Omittable[str] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """plugin/rollback: Puts an earlier version in force; the last one before, without a name. Scope `plugins:write`."""
        return self.request(
            "POST",
            f"/api/plugins/{_path(plugin)}/rollback",
            query={"tenant": self._tenant(tenant)},
            body={"version": version},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def plugin_run(
        self, *, folder: str, tenant: str, idempotency_key: Optional[str] = None,
        configuration: Omittable[Mapping[str, Any]] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """plugin/run: Runs a plugin from a folder of the daemon's machine, or a bundled one by its name. For those who develop
        plugins. Scope `plugins:write`, of a key that is bound to no tenant."""
        return self.request(
            "POST",
            "/api/plugins/run",
            body={"configuration": configuration, "folder": folder, "tenant": tenant},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def plugin_show(self, plugin: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """plugin/show: A plugin as a tenant has it. Scope `plugins:read`."""
        return self.request("GET", f"/api/plugins/{_path(plugin)}", query={"tenant": self._tenant(tenant)}, headers=headers)

    def plugin_stop(
        self, plugin: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """plugin/stop: Puts a plugin to rest until somebody starts it. Scope `plugins:write`."""
        return self.request(
            "POST",
            f"/api/plugins/{_path(plugin)}/stop",
            query={"tenant": self._tenant(tenant)},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def plugin_uninstall(
        self, plugin: str, *, tenant: Optional[str] = None, purge: Optional[bool] = None, if_match: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """plugin/uninstall: Removes a plugin; with purge, its data too. Scope `plugins:write`."""
        return self.request(
            "DELETE",
            f"/api/plugins/{_path(plugin)}",
            query={"tenant": self._tenant(tenant), "purge": purge},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def plugin_update(
        self, plugin: str, *, content: Content, tenant: Optional[str] = None, consent: Optional[bool] = None,
        enable: Optional[bool] = None, acceptNewSigner: Optional[bool] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """plugin/update: Puts the version in force that is the body's package. Scope `plugins:write`."""
        return self.request(
            "POST",
            f"/api/plugins/{_path(plugin)}/update",
            query={"tenant": self._tenant(tenant), "consent": consent, "enable": enable, "acceptNewSigner": acceptNewSigner},
            content=content,
            headers={"Content-Type": "application/octet-stream", "Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def ready(self, *, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """ready: Whether the daemon takes work."""
        return self.request("GET", "/readyz", headers=headers)

    def run_cancel(
        self, run: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """run/cancel: Ends a run and what is under way for it. Scope `workflows:run`."""
        return self.request(
            "POST",
            f"/api/runs/{_path(run)}/cancel",
            query={"tenant": self._tenant(tenant)},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def run_list(
        self, *, tenant: Optional[str] = None, workflow: Optional[str] = None, state: Optional[str] = None,
        needsPerson: Optional[bool] = None, since: Optional[str] = None, until: Optional[str] = None,
        error: Optional[str] = None, search: Optional[str] = None, cursor: Optional[str] = None,
        limit: Optional[int] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """run/list: Runs of the tenant's workflows, the newest first. Scope `workflows:read`."""
        return self.request(
            "GET",
            "/api/runs",
            query={"tenant": self._tenant(tenant), "workflow": workflow, "state": state, "needsPerson": needsPerson, "since": since, "until": until, "error": error, "search": search, "cursor": cursor, "limit": limit},
            headers=headers,
        )

    def run_pause(
        self, run: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """run/pause: Lets a run begin no further step until it is resumed. What is under way comes to its end. Scope
        `workflows:run`."""
        return self.request(
            "POST",
            f"/api/runs/{_path(run)}/pause",
            query={"tenant": self._tenant(tenant)},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def run_replay(
        self, run: str, *, from_: str, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        input: Omittable[Any] = OMIT, version: Omittable[int] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """run/replay: Repeats a run from one of its nodes, on its own version or another, with what came before taken over. Scope
        `workflows:run`."""
        return self.request(
            "POST",
            f"/api/runs/{_path(run)}/replay",
            query={"tenant": self._tenant(tenant)},
            body={"from": from_, "input": input, "version": version},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def run_replayAll(
        self, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None, cursor: Omittable[str] = OMIT,
        error: Omittable[str] = OMIT, from_: Omittable[str] = OMIT, limit: Omittable[int] = OMIT,
        search: Omittable[str] = OMIT, since: Omittable[str] = OMIT, until: Omittable[str] = OMIT,
        version: Omittable[int] = OMIT, workflow: Omittable[str] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """run/replayAll: Repeats failed runs, each from where it failed; one that was repeated before is left out. Scope
        `workflows:run`."""
        return self.request(
            "POST",
            "/api/runs/replay",
            query={"tenant": self._tenant(tenant)},
            body={"cursor": cursor, "error": error, "from": from_, "limit": limit, "search": search, "since": since, "until": until, "version": version, "workflow": workflow},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def run_resolve(
        self, run: str, *, outcome: str, step: str, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        output: Omittable[Any] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """run/resolve: Says what became of a step whose effect nobody heard of again: do it again, it happened, or it failed.
        Scope `workflows:run`."""
        return self.request(
            "POST",
            f"/api/runs/{_path(run)}/resolve",
            query={"tenant": self._tenant(tenant)},
            body={"outcome": outcome, "output": output, "step": step},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def run_resume(
        self, run: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """run/resume: Lets a paused run go on. Scope `workflows:run`."""
        return self.request(
            "POST",
            f"/api/runs/{_path(run)}/resume",
            query={"tenant": self._tenant(tenant)},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def run_show(self, run: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """run/show: A run. Scope `workflows:read`."""
        return self.request("GET", f"/api/runs/{_path(run)}", query={"tenant": self._tenant(tenant)}, headers=headers)

    def scim_configuration(self, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """scim/configuration: What of SCIM is served. Scope `people:provision`."""
        return self.request("GET", "/scim/v2/ServiceProviderConfig", query={"tenant": self._tenant(tenant)}, headers=headers)

    def scim_groups_change(
        self, group: str, *, Operations: Sequence[Mapping[str, Any]], schemas: Sequence[str],
        tenant: Optional[str] = None, attributes: Optional[str] = None, excludedAttributes: Optional[str] = None,
        if_match: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """scim/groups/change: Changes a group, as in RFC 7644 section 3.5.2. Scope `people:provision`."""
        return self.request(
            "PATCH",
            f"/scim/v2/Groups/{_path(group)}",
            query={"tenant": self._tenant(tenant), "attributes": attributes, "excludedAttributes": excludedAttributes},
            body={"Operations": Operations, "schemas": schemas},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def scim_groups_create(
        self, *, displayName: str, tenant: Optional[str] = None, attributes: Optional[str] = None,
        excludedAttributes: Optional[str] = None, idempotency_key: Optional[str] = None,
        externalId: Omittable[Optional[str]] = OMIT, members: Omittable[Optional[Sequence[Mapping[str, Any]]]] = OMIT,
        schemas: Omittable[Sequence[str]] = OMIT,
        urn_cloister_scim_schemas_extension_Group: Omittable[Optional[Mapping[str, Any]]] = OMIT,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """scim/groups/create: Makes a group. Where it carries a role, its members have that role. Scope `people:provision`."""
        return self.request(
            "POST",
            "/scim/v2/Groups",
            query={"tenant": self._tenant(tenant), "attributes": attributes, "excludedAttributes": excludedAttributes},
            body={"displayName": displayName, "externalId": externalId, "members": members, "schemas": schemas, "urn:cloister:scim:schemas:extension:Group": urn_cloister_scim_schemas_extension_Group},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def scim_groups_delete(
        self, group: str, *, tenant: Optional[str] = None, if_match: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """scim/groups/delete: Removes a group. Its members have the roles of their other groups then. Scope
        `people:provision`."""
        return self.request(
            "DELETE",
            f"/scim/v2/Groups/{_path(group)}",
            query={"tenant": self._tenant(tenant)},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def scim_groups_list(
        self, *, tenant: Optional[str] = None, attributes: Optional[str] = None, excludedAttributes: Optional[str] = None,
        filter: Optional[str] = None, startIndex: Optional[int] = None, count: Optional[int] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """scim/groups/list: The groups of a tenant's directory. Scope `people:provision`."""
        return self.request(
            "GET",
            "/scim/v2/Groups",
            query={"tenant": self._tenant(tenant), "attributes": attributes, "excludedAttributes": excludedAttributes, "filter": filter, "startIndex": startIndex, "count": count},
            headers=headers,
        )

    def scim_groups_replace(
        self, group: str, *, displayName: str, tenant: Optional[str] = None, attributes: Optional[str] = None,
        excludedAttributes: Optional[str] = None, if_match: Optional[str] = None,
        externalId: Omittable[Optional[str]] = OMIT, members: Omittable[Optional[Sequence[Mapping[str, Any]]]] = OMIT,
        schemas: Omittable[Sequence[str]] = OMIT,
        urn_cloister_scim_schemas_extension_Group: Omittable[Optional[Mapping[str, Any]]] = OMIT,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """scim/groups/replace: Says anew what a group is, and who is in it. Scope `people:provision`."""
        return self.request(
            "PUT",
            f"/scim/v2/Groups/{_path(group)}",
            query={"tenant": self._tenant(tenant), "attributes": attributes, "excludedAttributes": excludedAttributes},
            body={"displayName": displayName, "externalId": externalId, "members": members, "schemas": schemas, "urn:cloister:scim:schemas:extension:Group": urn_cloister_scim_schemas_extension_Group},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def scim_groups_show(
        self, group: str, *, tenant: Optional[str] = None, attributes: Optional[str] = None,
        excludedAttributes: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """scim/groups/show: A group. Scope `people:provision`."""
        return self.request(
            "GET",
            f"/scim/v2/Groups/{_path(group)}",
            query={"tenant": self._tenant(tenant), "attributes": attributes, "excludedAttributes": excludedAttributes},
            headers=headers,
        )

    def scim_resource_type(
        self, type: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """scim/resource-type: A kind of resources. Scope `people:provision`."""
        return self.request(
            "GET",
            f"/scim/v2/ResourceTypes/{_path(type)}",
            query={"tenant": self._tenant(tenant)},
            headers=headers,
        )

    def scim_resource_types(self, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """scim/resource-types: The kinds of resources. Scope `people:provision`."""
        return self.request("GET", "/scim/v2/ResourceTypes", query={"tenant": self._tenant(tenant)}, headers=headers)

    def scim_schema(self, schema: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """scim/schema: A schema. Scope `people:provision`."""
        return self.request("GET", f"/scim/v2/Schemas/{_path(schema)}", query={"tenant": self._tenant(tenant)}, headers=headers)

    def scim_schemas(self, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """scim/schemas: The schemas of the resources. Scope `people:provision`."""
        return self.request("GET", "/scim/v2/Schemas", query={"tenant": self._tenant(tenant)}, headers=headers)

    def scim_users_change(
        self, user: str, *, Operations: Sequence[Mapping[str, Any]], schemas: Sequence[str], tenant: Optional[str] = None,
        attributes: Optional[str] = None, excludedAttributes: Optional[str] = None, if_match: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """scim/users/change: Changes what a person is, as in RFC 7644 section 3.5.2. Scope `people:provision`."""
        return self.request(
            "PATCH",
            f"/scim/v2/Users/{_path(user)}",
            query={"tenant": self._tenant(tenant), "attributes": attributes, "excludedAttributes": excludedAttributes},
            body={"Operations": Operations, "schemas": schemas},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def scim_users_create(
        self, *, userName: str, tenant: Optional[str] = None, attributes: Optional[str] = None,
        excludedAttributes: Optional[str] = None, idempotency_key: Optional[str] = None,
        active: Omittable[Optional[bool]] = OMIT, displayName: Omittable[Optional[str]] = OMIT,
        emails: Omittable[Optional[Sequence[Mapping[str, Any]]]] = OMIT, externalId: Omittable[Optional[str]] = OMIT,
        name: Omittable[Optional[Mapping[str, Any]]] = OMIT, schemas: Omittable[Sequence[str]] = OMIT,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """scim/users/create: Makes a person with the role of a member, who has no password until the person sets one. Scope
        `people:provision`."""
        return self.request(
            "POST",
            "/scim/v2/Users",
            query={"tenant": self._tenant(tenant), "attributes": attributes, "excludedAttributes": excludedAttributes},
            body={"active": active, "displayName": displayName, "emails": emails, "externalId": externalId, "name": name, "schemas": schemas, "userName": userName},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def scim_users_delete(
        self, user: str, *, tenant: Optional[str] = None, if_match: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """scim/users/delete: Removes a person, with sessions, keys and invitations. Scope `people:provision`."""
        return self.request(
            "DELETE",
            f"/scim/v2/Users/{_path(user)}",
            query={"tenant": self._tenant(tenant)},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def scim_users_list(
        self, *, tenant: Optional[str] = None, attributes: Optional[str] = None, excludedAttributes: Optional[str] = None,
        filter: Optional[str] = None, startIndex: Optional[int] = None, count: Optional[int] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """scim/users/list: The persons of a tenant, in the order in which they came. Scope `people:provision`."""
        return self.request(
            "GET",
            "/scim/v2/Users",
            query={"tenant": self._tenant(tenant), "attributes": attributes, "excludedAttributes": excludedAttributes, "filter": filter, "startIndex": startIndex, "count": count},
            headers=headers,
        )

    def scim_users_replace(
        self, user: str, *, userName: str, tenant: Optional[str] = None, attributes: Optional[str] = None,
        excludedAttributes: Optional[str] = None, if_match: Optional[str] = None,
        active: Omittable[Optional[bool]] = OMIT, displayName: Omittable[Optional[str]] = OMIT,
        emails: Omittable[Optional[Sequence[Mapping[str, Any]]]] = OMIT, externalId: Omittable[Optional[str]] = OMIT,
        name: Omittable[Optional[Mapping[str, Any]]] = OMIT, schemas: Omittable[Sequence[str]] = OMIT,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """scim/users/replace: Says anew what a person is. Who is active no more is out at once, with sessions, keys and
        invitations. Scope `people:provision`."""
        return self.request(
            "PUT",
            f"/scim/v2/Users/{_path(user)}",
            query={"tenant": self._tenant(tenant), "attributes": attributes, "excludedAttributes": excludedAttributes},
            body={"active": active, "displayName": displayName, "emails": emails, "externalId": externalId, "name": name, "schemas": schemas, "userName": userName},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def scim_users_show(
        self, user: str, *, tenant: Optional[str] = None, attributes: Optional[str] = None,
        excludedAttributes: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """scim/users/show: A person. Scope `people:provision`."""
        return self.request(
            "GET",
            f"/scim/v2/Users/{_path(user)}",
            query={"tenant": self._tenant(tenant), "attributes": attributes, "excludedAttributes": excludedAttributes},
            headers=headers,
        )

    def secret_delete(
        self, name: str, *, tenant: Optional[str] = None, if_match: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """secret/delete: Deletes a secret. Scope `secrets:write`."""
        return self.request(
            "DELETE",
            f"/api/secrets/{_path(name)}",
            query={"tenant": self._tenant(tenant)},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def secret_list(
        self, *, tenant: Optional[str] = None, cursor: Optional[str] = None, limit: Optional[int] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """secret/list: The names of a tenant's secrets, never their values. Scope `secrets:read`."""
        return self.request(
            "GET",
            "/api/secrets",
            query={"tenant": self._tenant(tenant), "cursor": cursor, "limit": limit},
            headers=headers,
        )

    def secret_set(
        self, name: str, *, value: str, tenant: Optional[str] = None, if_match: Optional[str] = None,
        hosts: Omittable[Sequence[str]] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """secret/set: Keeps a secret; it can be replaced, but not read. Workflows send it to the hosts that are named. Scope
        `secrets:write`."""
        return self.request(
            "PUT",
            f"/api/secrets/{_path(name)}",
            query={"tenant": self._tenant(tenant)},
            body={"hosts": hosts, "value": value},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def secret_show(self, name: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """secret/show: What is known about a secret, never its value. Scope `secrets:read`."""
        return self.request("GET", f"/api/secrets/{_path(name)}", query={"tenant": self._tenant(tenant)}, headers=headers)

    def session_list(
        self, *, tenant: Optional[str] = None, cursor: Optional[str] = None, limit: Optional[int] = None,
        person: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """session/list: Sessions that are open, by person. Scope `people:read`."""
        return self.request(
            "GET",
            "/api/sessions",
            query={"tenant": self._tenant(tenant), "cursor": cursor, "limit": limit, "person": person},
            headers=headers,
        )

    def session_revoke(
        self, session: str, *, tenant: Optional[str] = None, if_match: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """session/revoke: Ends a session: its person must log in again. Scope `people:write`."""
        return self.request(
            "DELETE",
            f"/api/sessions/{_path(session)}",
            query={"tenant": self._tenant(tenant)},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def session_show(self, session: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """session/show: A session that is open. Scope `people:read`."""
        return self.request("GET", f"/api/sessions/{_path(session)}", query={"tenant": self._tenant(tenant)}, headers=headers)

    def status(self, *, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """status: The daemon, its children, and which quotas the kernel enforces. Scope `status:read`, of a key that is bound to
        no tenant."""
        return self.request("GET", "/api/status", headers=headers)

    def template_list(self, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """template/list: Workflows to begin one's own from, by category and name: Cloister's own, and those that the tenant's
        plugins bring along. Scope `workflows:read`."""
        return self.request("GET", "/api/workflows/templates", query={"tenant": self._tenant(tenant)}, headers=headers)

    def template_show(
        self, template: str, *, tenant: Optional[str] = None, plugin: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """template/show: A template with its parameters and its definition. Scope `workflows:read`."""
        return self.request(
            "GET",
            f"/api/workflows/templates/{_path(template)}",
            query={"tenant": self._tenant(tenant), "plugin": plugin},
            headers=headers,
        )

    def template_use(
        self, template: str, *, workflow: str, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        name: Omittable[str] = OMIT, parameters: Omittable[Mapping[str, Any]] = OMIT, plugin: Omittable[str] = OMIT,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """template/use: Saves a draft that is made from a template. Scope `workflows:write`."""
        return self.request(
            "POST",
            f"/api/workflows/templates/{_path(template)}/use",
            query={"tenant": self._tenant(tenant)},
            body={"name": name, "parameters": parameters, "plugin": plugin, "workflow": workflow},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def tenant_backup(
        self, id: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """tenant/backup: Makes a backup of a tenant while it is in use, and verifies it. The oldest ones go. Scope
        `backups:write`."""
        return self.request(
            "POST",
            f"/api/tenants/{_path(id)}/backups",
            query={"tenant": self._tenant(tenant)},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def tenant_backups(
        self, id: str, *, tenant: Optional[str] = None, cursor: Optional[str] = None, limit: Optional[int] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """tenant/backups: The backups of a tenant, by their marks. Scope `backups:read`."""
        return self.request(
            "GET",
            f"/api/tenants/{_path(id)}/backups",
            query={"tenant": self._tenant(tenant), "cursor": cursor, "limit": limit},
            headers=headers,
        )

    def tenant_create(
        self, *, id: str, idempotency_key: Optional[str] = None, cpu: Omittable[float] = OMIT,
        cpuWeight: Omittable[int] = OMIT, disk: Omittable[int] = OMIT, memory: Omittable[int] = OMIT,
        name: Omittable[str] = OMIT, processes: Omittable[int] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """tenant/create: Creates a tenant. What is left out of its quota is the daemon's default. Scope `tenants:write`, of a key
        that is bound to no tenant."""
        return self.request(
            "POST",
            "/api/tenants",
            body={"cpu": cpu, "cpuWeight": cpuWeight, "disk": disk, "id": id, "memory": memory, "name": name, "processes": processes},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def tenant_delete(self, id: str, *, if_match: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """tenant/delete: Deletes a tenant and everything that belongs to it. Scope `tenants:write`, of a key that is bound to no
        tenant."""
        return self.request("DELETE", f"/api/tenants/{_path(id)}", headers={"If-Match": if_match, **(headers or {})})

    def tenant_export(
        self, id: str, *, key: str, idempotency_key: Optional[str] = None, backup: Omittable[str] = OMIT,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Stream:
        """tenant/export: A tenant as one file for another daemon, sealed with the key of the request. Scope `tenants:write`, of a
        key that is bound to no tenant."""
        return self.request(
            "POST",
            f"/api/tenants/{_path(id)}/export",
            body={"backup": backup, "key": key},
            stream=True,
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def tenant_import(
        self, import_: str, *, id: str, key: str, idempotency_key: Optional[str] = None, cpu: Omittable[float] = OMIT,
        cpuWeight: Omittable[int] = OMIT, disk: Omittable[int] = OMIT, memory: Omittable[int] = OMIT,
        name: Omittable[str] = OMIT, processes: Omittable[int] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """tenant/import: Makes a new tenant of an export that was received. Scope `tenants:write`, of a key that is bound to no
        tenant."""
        return self.request(
            "POST",
            f"/api/imports/{_path(import_)}",
            body={"cpu": cpu, "cpuWeight": cpuWeight, "disk": disk, "id": id, "key": key, "memory": memory, "name": name, "processes": processes},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def tenant_import_begin(
        self, *, content: Content, idempotency_key: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """tenant/import-begin: Receives the export that is the body. It is kept for an hour. Scope `tenants:write`, of a key that
        is bound to no tenant."""
        return self.request(
            "POST",
            "/api/imports",
            content=content,
            headers={"Content-Type": "application/octet-stream", "Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def tenant_invoices(
        self, id: str, *, tenant: Optional[str] = None, month: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """tenant/invoices: What a tenant owes for a month, without tax: final when the month is over. Scope `tenants:read`."""
        return self.request(
            "GET",
            f"/api/tenants/{_path(id)}/invoices",
            query={"tenant": self._tenant(tenant), "month": month},
            headers=headers,
        )

    def tenant_list(
        self, *, cursor: Optional[str] = None, limit: Optional[int] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """tenant/list: The tenants, by name. Scope `tenants:read`, of a key that is bound to no tenant."""
        return self.request("GET", "/api/tenants", query={"cursor": cursor, "limit": limit}, headers=headers)

    def tenant_plan_set(
        self, id: str, *, plan: Optional[str], if_match: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """tenant/plan/set: Gives a tenant a plan and its quota from the hour on; null takes its plan away and leaves the quota.
        Scope `tenants:write`, of a key that is bound to no tenant."""
        return self.request(
            "PUT",
            f"/api/tenants/{_path(id)}/plan",
            body={"plan": plan},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def tenant_plan_show(self, id: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """tenant/plan/show: The plan of a tenant. Scope `tenants:read`."""
        return self.request("GET", f"/api/tenants/{_path(id)}/plan", query={"tenant": self._tenant(tenant)}, headers=headers)

    def tenant_quota(
        self, id: str, *, if_match: Optional[str] = None, cpu: Omittable[float] = OMIT, cpuWeight: Omittable[int] = OMIT,
        disk: Omittable[int] = OMIT, memory: Omittable[int] = OMIT, processes: Omittable[int] = OMIT,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """tenant/quota: Changes what a tenant may use; what is left out stays. It holds at once for what runs. Scope
        `tenants:write`, of a key that is bound to no tenant."""
        return self.request(
            "PATCH",
            f"/api/tenants/{_path(id)}/quota",
            body={"cpu": cpu, "cpuWeight": cpuWeight, "disk": disk, "memory": memory, "processes": processes},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def tenant_quota_show(self, id: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """tenant/quota/show: What a tenant may use. Scope `tenants:read`."""
        return self.request("GET", f"/api/tenants/{_path(id)}/quota", query={"tenant": self._tenant(tenant)}, headers=headers)

    def tenant_restore(
        self, id: str, *, backup: str, idempotency_key: Optional[str] = None, into: Omittable[str] = OMIT,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """tenant/restore: Restores a backup into a new tenant, or in the place of what the tenant has, of which a backup is made
        first. Scope `tenants:write`, of a key that is bound to no tenant."""
        return self.request(
            "POST",
            f"/api/tenants/{_path(id)}/restore",
            body={"backup": backup, "into": into},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def tenant_show(self, id: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """tenant/show: A tenant, its quota, and what it uses of it. Scope `tenants:read`."""
        return self.request("GET", f"/api/tenants/{_path(id)}", query={"tenant": self._tenant(tenant)}, headers=headers)

    def tenant_usage(
        self, id: str, *, tenant: Optional[str] = None, from_: Optional[str] = None, to: Optional[str] = None,
        bucket: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """tenant/usage: How a tenant stands with its plan this month, and what it used in parts of time, until now. Scope
        `tenants:read`."""
        return self.request(
            "GET",
            f"/api/tenants/{_path(id)}/usage",
            query={"tenant": self._tenant(tenant), "from": from_, "to": to, "bucket": bucket},
            headers=headers,
        )

    def upload_append(
        self, upload: str, *, upload_offset: int, upload_complete: str, content: Content, tenant: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """upload/append: Sends a part of an upload; the last one makes it a document. Scope `documents:write`."""
        return self.request(
            "PATCH",
            f"/api/uploads/{_path(upload)}",
            query={"tenant": self._tenant(tenant)},
            content=content,
            headers={"Content-Type": "application/partial-upload", "Upload-Offset": upload_offset, "Upload-Complete": upload_complete, **(headers or {})},
        )

    def upload_cancel(self, upload: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """upload/cancel: Ends an upload; the document of one that is finished stays. Scope `documents:write`."""
        return self.request("DELETE", f"/api/uploads/{_path(upload)}", query={"tenant": self._tenant(tenant)}, headers=headers)

    def upload_create(
        self, *, name: str, size: int, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        mediaType: Omittable[str] = OMIT, sha256: Omittable[str] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """upload/create: Starts a document that may take more than one request. Scope `documents:write`."""
        return self.request(
            "POST",
            "/api/uploads",
            query={"tenant": self._tenant(tenant)},
            body={"mediaType": mediaType, "name": name, "sha256": sha256, "size": size},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def upload_finish(
        self, upload: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """upload/finish: Makes a document of an upload that is all there; a second time it is the same one. Scope
        `documents:write`."""
        return self.request(
            "POST",
            f"/api/uploads/{_path(upload)}/finish",
            query={"tenant": self._tenant(tenant)},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def upload_list(self, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """upload/list: Uploads that are not finished, and those that were lately; the newest first. Scope `documents:read`."""
        return self.request("GET", "/api/uploads", query={"tenant": self._tenant(tenant)}, headers=headers)

    def upload_show(self, upload: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """upload/show: Where an upload stands. Scope `documents:read`."""
        return self.request("GET", f"/api/uploads/{_path(upload)}", query={"tenant": self._tenant(tenant)}, headers=headers)

    def webhook_create(
        self, *, url: str, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        kinds: Omittable[Sequence[str]] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """webhook/create: Makes a webhook. The answer alone holds its secret. Scope `webhooks:write`."""
        return self.request(
            "POST",
            "/api/webhooks",
            query={"tenant": self._tenant(tenant)},
            body={"kinds": kinds, "url": url},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def webhook_delete(
        self, webhook: str, *, tenant: Optional[str] = None, if_match: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """webhook/delete: Removes a webhook with its deliveries. Scope `webhooks:write`."""
        return self.request(
            "DELETE",
            f"/api/webhooks/{_path(webhook)}",
            query={"tenant": self._tenant(tenant)},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def webhook_deliveries(
        self, webhook: str, *, tenant: Optional[str] = None, state: Optional[str] = None, cursor: Optional[str] = None,
        limit: Optional[int] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """webhook/deliveries: Messages to a webhook, the newest first. Scope `webhooks:read`."""
        return self.request(
            "GET",
            f"/api/webhooks/{_path(webhook)}/deliveries",
            query={"tenant": self._tenant(tenant), "state": state, "cursor": cursor, "limit": limit},
            headers=headers,
        )

    def webhook_list(
        self, *, tenant: Optional[str] = None, cursor: Optional[str] = None, limit: Optional[int] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """webhook/list: The addresses that the tenant's notices are sent to. Scope `webhooks:read`."""
        return self.request(
            "GET",
            "/api/webhooks",
            query={"tenant": self._tenant(tenant), "cursor": cursor, "limit": limit},
            headers=headers,
        )

    def webhook_replay(
        self, webhook: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        delivery: Omittable[str] = OMIT, since: Omittable[str] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """webhook/replay: Sends a message again, or those that failed since a moment, under the same webhook-id. Scope
        `webhooks:write`."""
        return self.request(
            "POST",
            f"/api/webhooks/{_path(webhook)}/replay",
            query={"tenant": self._tenant(tenant)},
            body={"delivery": delivery, "since": since},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def webhook_rotate(
        self, webhook: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """webhook/rotate: Gives a webhook another secret; for a day messages are signed with both. The answer alone holds it.
        Scope `webhooks:write`."""
        return self.request(
            "POST",
            f"/api/webhooks/{_path(webhook)}/secret",
            query={"tenant": self._tenant(tenant)},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def webhook_set(
        self, webhook: str, *, tenant: Optional[str] = None, if_match: Optional[str] = None,
        enabled: Omittable[bool] = OMIT, kinds: Omittable[Sequence[str]] = OMIT,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """webhook/set: Chooses other kinds, disables a webhook or enables it again. Scope `webhooks:write`."""
        return self.request(
            "PATCH",
            f"/api/webhooks/{_path(webhook)}",
            query={"tenant": self._tenant(tenant)},
            body={"enabled": enabled, "kinds": kinds},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def webhook_show(self, webhook: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """webhook/show: A webhook, without its secret. Scope `webhooks:read`."""
        return self.request("GET", f"/api/webhooks/{_path(webhook)}", query={"tenant": self._tenant(tenant)}, headers=headers)

    def webhook_test(
        self, webhook: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """webhook/test: Sends a message that says nothing. Scope `webhooks:write`."""
        return self.request(
            "POST",
            f"/api/webhooks/{_path(webhook)}/test",
            query={"tenant": self._tenant(tenant)},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def whitelabel_config_set(
        self, *, tenant: Optional[str] = None, if_match: Optional[str] = None,
        colors: Omittable[Mapping[str, Any]] = OMIT, css: Omittable[str] = OMIT,
        fonts: Omittable[Mapping[str, Any]] = OMIT, productName: Omittable[str] = OMIT,
        supportAddress: Omittable[Optional[str]] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """whitelabel/config/set: Sets the whole configuration; what is left out is the standard's. A bad contrast is a warning,
        not a refusal. Scope `whitelabel:write`."""
        return self.request(
            "PUT",
            "/api/whitelabel/config",
            query={"tenant": self._tenant(tenant)},
            body={"colors": colors, "css": css, "fonts": fonts, "productName": productName, "supportAddress": supportAddress},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def whitelabel_config_show(self, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """whitelabel/config/show: How a tenant's pages look, how well they can be read, and what of its style is dropped. Scope
        `whitelabel:read`."""
        return self.request("GET", "/api/whitelabel/config", query={"tenant": self._tenant(tenant)}, headers=headers)

    def whitelabel_domain_add(
        self, *, domain: str, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """whitelabel/domain/add: Claims a domain. One of the tenant's own is served once the records in the answer are in DNS.
        Scope `whitelabel:write`."""
        return self.request(
            "POST",
            "/api/whitelabel/domain",
            query={"tenant": self._tenant(tenant)},
            body={"domain": domain},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def whitelabel_domain_check(
        self, domain: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """whitelabel/domain/check: Asks DNS about a domain now. Scope `whitelabel:write`."""
        return self.request(
            "POST",
            f"/api/whitelabel/domain/{_path(domain)}/check",
            query={"tenant": self._tenant(tenant)},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def whitelabel_domain_delete(
        self, domain: str, *, tenant: Optional[str] = None, if_match: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """whitelabel/domain/delete: Gives a domain up: nothing is served under it any more. Scope `whitelabel:write`."""
        return self.request(
            "DELETE",
            f"/api/whitelabel/domain/{_path(domain)}",
            query={"tenant": self._tenant(tenant)},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def whitelabel_domain_list(
        self, *, tenant: Optional[str] = None, cursor: Optional[str] = None, limit: Optional[int] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """whitelabel/domain/list: The domains of a tenant, by name. Scope `whitelabel:read`."""
        return self.request(
            "GET",
            "/api/whitelabel/domain",
            query={"tenant": self._tenant(tenant), "cursor": cursor, "limit": limit},
            headers=headers,
        )

    def whitelabel_domain_show(
        self, domain: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """whitelabel/domain/show: A domain: how far it has come, what is missing, and the records that it needs. Scope
        `whitelabel:read`."""
        return self.request(
            "GET",
            f"/api/whitelabel/domain/{_path(domain)}",
            query={"tenant": self._tenant(tenant)},
            headers=headers,
        )

    def whitelabel_features_set(
        self, *, tenant: str, features: Mapping[str, Any], if_match: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """whitelabel/features/set: Turns features of a tenant on and off; what is left out stays. It holds from the next request
        on. Scope `tenants:write`, of a key that is bound to no tenant."""
        return self.request(
            "PUT",
            "/api/whitelabel/features",
            query={"tenant": self._tenant(tenant)},
            body={"features": features},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def whitelabel_features_show(self, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """whitelabel/features/show: Which features a tenant has. Scope `whitelabel:read`."""
        return self.request("GET", "/api/whitelabel/features", query={"tenant": self._tenant(tenant)}, headers=headers)

    def whitelabel_logo_delete(
        self, *, tenant: Optional[str] = None, if_match: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """whitelabel/logo/delete: Takes the logo away. Scope `whitelabel:write`."""
        return self.request(
            "DELETE",
            "/api/whitelabel/logo",
            query={"tenant": self._tenant(tenant)},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def whitelabel_logo_set(
        self, *, content: Content, tenant: Optional[str] = None, if_match: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """whitelabel/logo/set: Sets the logo from a PNG, JPEG or WebP picture of at most 1 MiB and 16,000,000 pixels. It is
        written anew, within 640 × 160, without what else is in it. Scope `whitelabel:write`."""
        return self.request(
            "PUT",
            "/api/whitelabel/logo",
            query={"tenant": self._tenant(tenant)},
            content=content,
            headers={"Content-Type": "application/octet-stream", "If-Match": if_match, **(headers or {})},
        )

    def whitelabel_logo_show(self, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Stream:
        """whitelabel/logo/show: A tenant's logo, a PNG picture. Scope `whitelabel:read`."""
        return self.request("GET", "/api/whitelabel/logo", query={"tenant": self._tenant(tenant)}, stream=True, headers=headers)

    def workflow_activate(
        self, workflow: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/activate: Lets its triggers start runs. Scope `workflows:write`."""
        return self.request(
            "POST",
            f"/api/workflows/{_path(workflow)}/activate",
            query={"tenant": self._tenant(tenant)},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def workflow_create(
        self, *, body: Mapping[str, Any], tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/create: Saves the draft of a new workflow, also one that cannot be published yet. Scope `workflows:write`."""
        return self.request(
            "POST",
            "/api/workflows",
            query={"tenant": self._tenant(tenant)},
            body=body,
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def workflow_deactivate(
        self, workflow: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/deactivate: Lets its triggers start no more runs. Scope `workflows:write`."""
        return self.request(
            "POST",
            f"/api/workflows/{_path(workflow)}/deactivate",
            query={"tenant": self._tenant(tenant)},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def workflow_delete(
        self, workflow: str, *, tenant: Optional[str] = None, force: Optional[bool] = None,
        if_match: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/delete: Removes a workflow with its versions. Scope `workflows:write`."""
        return self.request(
            "DELETE",
            f"/api/workflows/{_path(workflow)}",
            query={"tenant": self._tenant(tenant), "force": force},
            headers={"If-Match": if_match, **(headers or {})},
        )

    def workflow_diff(
        self, workflow: str, *, tenant: Optional[str] = None, from_: Optional[str] = None, to: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/diff: What changes from one definition to another. Scope `workflows:read`."""
        return self.request(
            "GET",
            f"/api/workflows/{_path(workflow)}/diff",
            query={"tenant": self._tenant(tenant), "from": from_, "to": to},
            headers=headers,
        )

    def workflow_execute(
        self, workflow: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        deduplication: Omittable[str] = OMIT, from_: Omittable[str] = OMIT, input: Omittable[Any] = OMIT,
        node: Omittable[str] = OMIT, nodes: Omittable[Mapping[str, Any]] = OMIT, priority: Omittable[int] = OMIT,
        version: Omittable[str] = OMIT, wait: Omittable[str] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/execute: Begins a run of the published version, or of one node of some version alone, and waits for its end
        where asked to. It is on disk when this answers. Scope `workflows:run`."""
        return self.request(
            "POST",
            f"/api/workflows/{_path(workflow)}/execute",
            query={"tenant": self._tenant(tenant)},
            body={"deduplication": deduplication, "from": from_, "input": input, "node": node, "nodes": nodes, "priority": priority, "version": version, "wait": wait},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def workflow_export(
        self, workflow: str, *, tenant: Optional[str] = None, version: Optional[str] = None, format: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/export: A definition as a file, without what looks like a secret. Scope `workflows:read`."""
        return self.request(
            "GET",
            f"/api/workflows/{_path(workflow)}/export",
            query={"tenant": self._tenant(tenant), "version": version, "format": format},
            headers=headers,
        )

    def workflow_import(
        self, *, text: str, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        replace: Omittable[bool] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/import: Saves what was exported as a draft. Scope `workflows:write`."""
        return self.request(
            "POST",
            "/api/workflows/import",
            query={"tenant": self._tenant(tenant)},
            body={"replace": replace, "text": text},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def workflow_links(
        self, workflow: str, *, tenant: Optional[str] = None, cursor: Optional[str] = None, limit: Optional[int] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/links: The links that still open something, the oldest first. Scope `workflows:read`."""
        return self.request(
            "GET",
            f"/api/workflows/{_path(workflow)}/links",
            query={"tenant": self._tenant(tenant), "cursor": cursor, "limit": limit},
            headers=headers,
        )

    def workflow_list(
        self, *, tenant: Optional[str] = None, search: Optional[str] = None, status: Optional[str] = None,
        cursor: Optional[str] = None, limit: Optional[int] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/list: The tenant's workflows, by identifier. Scope `workflows:read`."""
        return self.request(
            "GET",
            "/api/workflows",
            query={"tenant": self._tenant(tenant), "search": search, "status": status, "cursor": cursor, "limit": limit},
            headers=headers,
        )

    def workflow_lock(
        self, workflow: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        seconds: Omittable[int] = OMIT, steal: Omittable[bool] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/lock: Keeps others from changing it while somebody edits. Scope `workflows:write`."""
        return self.request(
            "POST",
            f"/api/workflows/{_path(workflow)}/lock",
            query={"tenant": self._tenant(tenant)},
            body={"seconds": seconds, "steal": steal},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def workflow_logs(
        self, workflow: str, *, tenant: Optional[str] = None, run: Optional[str] = None, follow: Optional[bool] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Union[Answer, Stream]:
        """workflow/logs: The steps of a run with input, output, attempts and times: of the newest run where none is named. With
        follow, events of the type text/event-stream until it has ended. Scope `workflows:read`."""
        return self.request(
            "GET",
            f"/api/workflows/{_path(workflow)}/logs",
            query={"tenant": self._tenant(tenant), "run": run, "follow": follow},
            headers=headers,
        )

    def workflow_publish(
        self, workflow: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        note: Omittable[str] = OMIT, revision: Omittable[int] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/publish: Makes the draft the next version, in force from then on; refused with every finding at once. Scope
        `workflows:write`."""
        return self.request(
            "POST",
            f"/api/workflows/{_path(workflow)}/publish",
            query={"tenant": self._tenant(tenant)},
            body={"note": note, "revision": revision},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def workflow_receive(
        self, tenant: str, workflow: str, trigger: str, *, body: Mapping[str, Any], idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/receive: Begins a run with a message of another service. It is on disk when this answers."""
        return self.request(
            "POST",
            f"/in/{_path(tenant)}/{_path(workflow)}/{_path(trigger)}",
            body=body,
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def workflow_receive_at_host(
        self, workflow: str, trigger: str, *, body: Mapping[str, Any], idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/receive-at-host: The same, at a host of the tenant's own."""
        return self.request(
            "POST",
            f"/in/{_path(workflow)}/{_path(trigger)}",
            body=body,
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def workflow_rollback(
        self, workflow: str, *, version: int, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        note: Omittable[str] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/rollback: Publishes an earlier version once more. Scope `workflows:write`."""
        return self.request(
            "POST",
            f"/api/workflows/{_path(workflow)}/rollback",
            query={"tenant": self._tenant(tenant)},
            body={"note": note, "version": version},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def workflow_save(
        self, workflow: str, *, body: Mapping[str, Any], tenant: Optional[str] = None, if_match: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/save: Saves a draft, also one that cannot be published yet. Scope `workflows:write`."""
        return self.request(
            "PUT",
            f"/api/workflows/{_path(workflow)}",
            query={"tenant": self._tenant(tenant)},
            body=body,
            headers={"If-Match": if_match, **(headers or {})},
        )

    def workflow_schema(self, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None) -> Answer:
        """workflow/schema: The JSON Schema of definitions. Scope `workflows:read`."""
        return self.request("GET", "/api/workflows/schema", query={"tenant": self._tenant(tenant)}, headers=headers)

    def workflow_share(
        self, workflow: str, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        expires: Omittable[str] = OMIT, version: Omittable[int] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/share: Opens a version to whoever has the link. The answer alone holds its path. Scope `workflows:write`."""
        return self.request(
            "POST",
            f"/api/workflows/{_path(workflow)}/links",
            query={"tenant": self._tenant(tenant)},
            body={"expires": expires, "version": version},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def workflow_shared(
        self, tenant: str, token: str, *, format: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/shared: The version of a workflow that a link opens, without what looks like a secret."""
        return self.request("GET", f"/share/{_path(tenant)}/{_path(token)}", query={"format": format}, headers=headers)

    def workflow_shared_at_host(
        self, token: str, *, format: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/shared-at-host: The same, at a host of the tenant's own."""
        return self.request("GET", f"/share/{_path(token)}", query={"format": format}, headers=headers)

    def workflow_show(
        self, workflow: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/show: A workflow with its draft, and what is wrong with that. Scope `workflows:read`."""
        return self.request("GET", f"/api/workflows/{_path(workflow)}", query={"tenant": self._tenant(tenant)}, headers=headers)

    def workflow_test(
        self, *, tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        definition: Omittable[Mapping[str, Any]] = OMIT, names: Omittable[Sequence[str]] = OMIT,
        steps: Omittable[bool] = OMIT, tests: Omittable[Any] = OMIT, version: Omittable[str] = OMIT,
        workflow: Omittable[str] = OMIT, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/test: Runs tests of a workflow, or of a definition that need not be saved. No effect is made: tools and
        whatever else reaches out come to what the test says, and waiting takes no time. Scope `workflows:write`."""
        return self.request(
            "POST",
            "/api/workflows/test",
            query={"tenant": self._tenant(tenant)},
            body={"definition": definition, "names": names, "steps": steps, "tests": tests, "version": version, "workflow": workflow},
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def workflow_unlock(
        self, workflow: str, *, tenant: Optional[str] = None, steal: Optional[bool] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/unlock: Ends a lock. Scope `workflows:write`."""
        return self.request(
            "DELETE",
            f"/api/workflows/{_path(workflow)}/lock",
            query={"tenant": self._tenant(tenant), "steal": steal},
            headers=headers,
        )

    def workflow_unshare(
        self, workflow: str, link: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/unshare: Revokes a link: it opens nothing any more. Scope `workflows:write`."""
        return self.request(
            "DELETE",
            f"/api/workflows/{_path(workflow)}/links/{_path(link)}",
            query={"tenant": self._tenant(tenant)},
            headers=headers,
        )

    def workflow_validate(
        self, *, body: Mapping[str, Any], tenant: Optional[str] = None, idempotency_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/validate: Finds everything that is wrong with a definition, and saves nothing. Scope `workflows:read`."""
        return self.request(
            "POST",
            "/api/workflows/validate",
            query={"tenant": self._tenant(tenant)},
            body=body,
            headers={"Idempotency-Key": idempotency_key, **(headers or {})},
        )

    def workflow_version(
        self, workflow: str, version: str, *, tenant: Optional[str] = None, headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/version: A version with its definition. Scope `workflows:read`."""
        return self.request(
            "GET",
            f"/api/workflows/{_path(workflow)}/versions/{_path(version)}",
            query={"tenant": self._tenant(tenant)},
            headers=headers,
        )

    def workflow_versions(
        self, workflow: str, *, tenant: Optional[str] = None, cursor: Optional[str] = None, limit: Optional[int] = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """workflow/versions: What was published, the newest first. Scope `workflows:read`."""
        return self.request(
            "GET",
            f"/api/workflows/{_path(workflow)}/versions",
            query={"tenant": self._tenant(tenant), "cursor": cursor, "limit": limit},
            headers=headers,
        )


# The daemon's document ends.


class Client(Operations):
    """All operations, and what takes more than one request."""

    def items(self, operation: Callable[..., Answer], *arguments: Any, **more: Any) -> Iterator[Any]:
        """The entries of a list, page after page: `client.items(client.document_list, limit=100)`."""
        cursor: Optional[str] = None
        while True:
            page = operation(*arguments, **more, **({} if cursor is None else {"cursor": cursor}))
            for value in page.values():
                if isinstance(value, list):
                    yield from value
            cursor = page.get("cursor")
            if cursor is None:
                return

    def upload(
        self, file: Union[str, os.PathLike, IO[bytes]], name: Optional[str] = None, media_type: Optional[str] = None,
        tenant: Optional[str] = None, part_size: int = 8 << 20, progress: Optional[Progress] = None,
        begun: Optional[Callable[[str], None]] = None,
    ) -> Answer:
        """Brings a file of any size, and goes on where it stopped when a connection breaks. The answer is the document.

        `begun` is told the upload's id: keep it to `resume` after the program itself has ended. The daemon checks the digest.
        """
        if isinstance(file, (str, os.PathLike)):
            with open(file, "rb") as opened:
                return self.upload(opened, name or os.path.basename(os.fspath(file)), media_type, tenant, part_size, progress, begun)
        if name is None:
            raise ValueError("a name is needed where there is no path")
        digest = hashlib.sha256()
        file.seek(0)
        for part in iter(lambda: file.read(_PART), b""):
            digest.update(part)
        made = self.upload_create(
            name=name, size=file.tell(), mediaType=OMIT if media_type is None else media_type, sha256=digest.hexdigest(), tenant=tenant)
        if begun:
            begun(made["upload"])
        return self.resume(made["upload"], file, tenant, part_size, progress)

    def resume(
        self, upload: str, file: Union[str, os.PathLike, IO[bytes]], tenant: Optional[str] = None, part_size: int = 8 << 20,
        progress: Optional[Progress] = None,
    ) -> Answer:
        """Goes on with an upload, from where it stands to its end. The answer is the document, also where it was finished."""
        if isinstance(file, (str, os.PathLike)):
            with open(file, "rb") as opened:
                return self.resume(upload, opened, tenant, part_size, progress)
        failures, stands = 0, self.upload_show(upload, tenant=tenant)
        while stands["document"] is None:
            offset, size = stands["offset"], stands["size"]
            file.seek(offset)
            part = file.read(min(part_size, size - offset))
            if len(part) < min(part_size, size - offset):
                raise ValueError(f"the file has fewer than the {size} bytes of the upload")
            isLast = offset + len(part) == size
            try:
                answer = self.upload_append(
                    upload, content=part, upload_offset=offset, upload_complete="?1" if isLast else "?0", tenant=tenant)
                if progress:
                    progress(offset + len(part), size)
                if isLast:
                    return answer
                failures, stands["offset"] = 0, int(answer.headers["upload-offset"])
                continue
            except ConnectionFailed:
                failures += 1
                if failures > self._retries:
                    raise
                time.sleep(min(self._patience, 0.1 * 2 ** failures))
            except Problem as problem:
                if problem.status != 409 and not problem.type.endswith("#completed-upload"):
                    raise
                failures += 1
                if failures > self._retries:
                    raise
            before = offset
            stands = self.upload_show(upload, tenant=tenant)
            # As long as it gets on, however slowly, it goes on.
            if stands["offset"] > before:
                failures = 0
        return self.document_show(stands["document"], tenant=tenant)

    def download(
        self, document: str, file: Union[str, os.PathLike], tenant: Optional[str] = None, progress: Optional[Progress] = None,
    ) -> str:
        """Writes a document to a file, which appears when all of it is there and has the right digest. Goes on where it
        stopped when a connection breaks. Answers the SHA-256.
        """
        known = self.document_show(document, tenant=tenant)
        digest, size, failures = known["sha256"], known["size"], 0
        partial = os.fspath(file) + ".part"
        with open(partial, "wb") as output:
            while output.tell() < size:
                offset = output.tell()
                headers = {"Range": f"bytes={offset}-", "If-Range": f'"{digest}"'} if offset else {}
                try:
                    with self.document_read(document, tenant=tenant, headers=headers) as stream:
                        if stream.status != (206 if offset else 200):
                            raise ConnectionFailed("the document is another one than it was")
                        for part in stream:
                            output.write(part)
                            if progress:
                                progress(output.tell(), size)
                    if output.tell() == offset:
                        raise ConnectionFailed("the answer broke off")
                except ConnectionFailed:
                    failures = 0 if output.tell() > offset else failures + 1
                    if failures > self._retries:
                        raise
                    time.sleep(min(self._patience, 0.1 * 2 ** failures))
            output.flush()
            os.fsync(output.fileno())
        found = hashlib.sha256()
        with open(partial, "rb") as written:
            for part in iter(lambda: written.read(_PART), b""):
                found.update(part)
        if found.hexdigest() != digest:
            os.unlink(partial)
            raise ConnectionFailed("what came has another digest than the document")
        os.replace(partial, file)
        return digest
