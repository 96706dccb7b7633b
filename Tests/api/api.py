"""The HTTP API as a stranger sees it."""

import errno
import json
import random
import socket
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from daemon import Daemon
from openapi_spec_validator import validate

# What a document cannot say of its requests: whether a configuration suits a plugin, or whether something is there.
CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
          "response_schema_conformance,negative_data_rejection,missing_required_header,unsupported_method,"
          "allow_header_conformance,ignored_auth")


# A request whose head is too large is refused before anybody reads what it asks for; the tester's own list has no such status.
CONFIGURATION = """[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 411, 413, 415, 422, 428, 429, 431, "5xx"]
"""

# They take away what other requests need; their turn comes last.
DESTROYERS = ("tenant/delete", "key/revoke", "whitelabel/features/set")


def conform(daemon, key, seed, examples, *filters):
    Path(daemon.folder, "schemathesis.toml").write_text(CONFIGURATION)
    arguments = ["run", f"http://127.0.0.1:{daemon.port}/api/openapi.json", "--header", f"Authorization: Bearer {key}", "--checks", CHECKS,
                 "--phases", "examples,coverage,fuzzing", "--max-examples", str(examples), "--seed", str(seed), "--continue-on-failure",
                 "--suppress-health-check", "all", "--generation-database", "none", "--request-timeout", "60", "--warnings", "off", *filters]
    program = ("import sys; import schemathesis as s; s.serializer.alias('application/partial-upload', 'application/octet-stream'); "
               "from schemathesis.cli import schemathesis; sys.argv[0] = 'schemathesis'; schemathesis()")
    if subprocess.run([sys.executable, "-B", "-c", program, *arguments], stdin=subprocess.DEVNULL, cwd=daemon.folder).returncode:
        daemon.fail("schemathesis found something")


def samples(key):
    head = f"Host: a\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n"

    def post(path, body):
        return f"POST {path} HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"

    return [text.encode() for text in (
        f"GET /api/tenants?limit=2 HTTP/1.1\r\n{head}\r\n",
        f"GET /api/documents?tenant=acme HTTP/1.1\r\n{head}Range: bytes=0-1\r\n\r\n",
        f"PUT /api/secrets/mail-key?tenant=acme HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: 14\r\n\r\n{{\"value\": \"a\"}}",
        f"PATCH /api/tenants/acme/quota HTTP/1.1\r\n{head}If-Match: *\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{{\"cpu\":1}}",
        f"POST /api/documents?tenant=acme&name=a HTTP/1.1\r\n{head}Content-Type: application/octet-stream\r\nContent-Length: 4\r\n\r\nabcd",
        f"POST /api/hooks/tenant.created/apply?tenant=acme HTTP/1.1\r\n{head}Content-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\nb\r\n{\"value\":1}\r\n0\r\n\r\n",
        post("/api/tenants", '{"id": "b", "memory": 536870912}'),
        post("/api/keys", '{"name": "ci", "scopes": ["status:read"], "days": 3}'),
        post("/api/events?tenant=acme", '{"event": "tenant.created", "value": {"a": [1, 2.5, null]}}'),
        post("/api/plugins/none/call?tenant=acme", '{"tool": "x", "input": {"a": "\\u00e4"}, "deadlineMs": 5}'),
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    )]


def damage(sample, chance):
    """Damages the first line, or the body with its length put right, or whatever comes; the key stays whole most of the time."""
    head, _, body = sample.partition(b"\r\n\r\n")
    line, _, rest = head.partition(b"\r\n")
    kind = chance.randrange(4)
    if kind == 0:
        return b"\r\n".join([change(line, chance), rest]) + b"\r\n\r\n" + body
    if kind in (1, 2) and b"Content-Length" in rest:
        body = change(body, chance)
        fields = [field for field in rest.split(b"\r\n") if not field.startswith(b"Content-Length")]
        return b"\r\n".join([line, *fields, b"Content-Length: %d" % len(body)]) + b"\r\n\r\n" + body
    return change(sample, chance)


def change(sample, chance):
    data = bytearray(sample)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(data) + 1)
        kind = chance.randrange(5)
        if kind == 0:
            data[place:place + 1] = bytes([chance.randrange(256)])
        elif kind == 1:
            del data[place:place + chance.randint(1, 8)]
        elif kind == 2:
            data[place:place] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 16)))
        elif kind == 3:
            data[place:place] = data[place:place + chance.randint(1, 200)]
        else:
            data[place:place] = chance.choice([b"\r\n", b"\0", b"%00", b"%ff", b'"', b"{" * 2000, b"9" * 400, b"../", b"\xc0\xaf"])
    return bytes(data)


def batter(daemon, key, seed, count):
    chance, material, statuses = random.Random(seed), samples(key), {}
    for turn in range(count):
        data = damage(chance.choice(material), chance)
        with socket.create_connection(("127.0.0.1", daemon.port), timeout=60) as connection:
            answer = b""
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                while len(answer) < 1 << 16 and (part := connection.recv(1 << 16)):
                    answer += part
            except OSError as error:
                # The daemon may close at once, and what it says then can be lost on the way.
                if error.errno not in (errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN):
                    raise
        status = answer[9:12].decode("ascii", "replace")
        statuses[status] = statuses.get(status, 0) + 1
        if status.startswith("5") and status != "503":
            daemon.fail(f"request {turn} of seed {seed} was answered {status}:\n{data!r}\n{answer[:2000]!r}")
        if daemon.process.poll() is not None:
            daemon.fail(f"request {turn} of seed {seed} ended the daemon:\n{data!r}")
    return statuses


def main(build, seed, count, examples):
    with tempfile.TemporaryDirectory(prefix="cloister-api-") as name:
        daemon = Daemon(Path(build).resolve(), Path(name))
        try:
            daemon.wait_until_ready()
            scopes = ["status:read", "metrics:read"] + [f"{subject}:{action}" for subject, actions in {
                "tenants": "read write", "plugins": "read write call", "documents": "read write", "secrets": "read write",
                "hooks": "read run write", "keys": "read write", "whitelabel": "read write", "people": "read write provision",
                "owners": "write", "workflows": "read write run"}.items() for action in actions.split()]
            daemon.command("tenant", "create", "acme")
            words = [word for scope in scopes for word in ("--scope", scope)]
            key, other = (daemon.command("key", "create", name, *words)["text"] for name in ("tests", "others"))
            with urllib.request.urlopen(f"http://127.0.0.1:{daemon.port}/api/openapi.json", timeout=10) as reply:
                document = json.load(reply)
            validate(document)
            print(f"api: a valid document with {sum(map(len, document['paths'].values()))} operations", flush=True)
            if examples:
                conform(daemon, key, seed, examples, *(word for name in DESTROYERS for word in ("--exclude-operation-id", name)))
            statuses = batter(daemon, key, seed, count)
            if examples:
                conform(daemon, other, seed, examples, *(word for name in DESTROYERS for word in ("--include-operation-id", name)))
            print(f"api: {count} damaged requests, answered {json.dumps(dict(sorted(statuses.items())))}")
            daemon.stop()
        finally:
            daemon.process.kill()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
