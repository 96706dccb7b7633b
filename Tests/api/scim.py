"""A tenant's directory as a stranger sees it: scim2-tester against a real daemon."""

import http.client
import sys
import tempfile
from pathlib import Path

from daemon import Daemon
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server


class Gateway:
    """Passes requests on to the daemon."""

    def __init__(self, port, key):
        self.port, self.key = port, key

    def __call__(self, environ, start_response):
        query = environ.get("QUERY_STRING", "")
        target = environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"] + ("?" + query if query else "")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        headers = {"Host": f"127.0.0.1:{self.port}", "Authorization": f"Bearer {self.key}", "Connection": "close"}
        if environ.get("CONTENT_TYPE"):
            headers["Content-Type"] = environ["CONTENT_TYPE"]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(environ["REQUEST_METHOD"], target, body or None, headers)
        reply = connection.getresponse()
        content = reply.read()
        connection.close()
        if reply.status >= 500 and reply.status != 501:
            raise AssertionError(f"{environ['REQUEST_METHOD']} {target} was answered {reply.status}: {content!r}")
        start_response(f"{reply.status} {reply.reason}", [each for each in reply.getheaders() if each[0].lower() != "connection"])
        return [content]


def is_meant(result):
    """A person has one address, and it is the primary one: what a client says of that is not kept. scim2-tester says it at random."""
    lines = (result.reason or "").splitlines()
    if len(lines) != 3 or "'emails'" not in lines[0]:
        return False
    patched, returned = (line.partition(": ")[2] for line in lines[1:])
    return "primary=False" in patched and patched.replace("primary=False", "primary=True") == returned


def main(build):
    with tempfile.TemporaryDirectory(prefix="cloister-scim-") as name:
        daemon = Daemon(Path(build).resolve(), Path(name))
        try:
            daemon.wait_until_ready()
            daemon.command("tenant", "create", "acme")
            key = daemon.command("key", "create", "directory", "--tenant", "acme", "--scope", "people:provision")["text"]
            client = WSGISCIMClient(Gateway(daemon.port, key), base_url=f"http://127.0.0.1:{daemon.port}/scim/v2")
            results = check_server(client)
            wrong = [each for each in results if each.status not in (Status.SUCCESS, Status.SKIPPED) and not is_meant(each)]
            for each in wrong:
                print(f"scim: {each.status.name} {each.title} {each.resource_type or ''}: {each.reason}", file=sys.stderr)
            done = sum(each.status == Status.SUCCESS for each in results)
            if wrong or done < 60:
                daemon.fail(f"scim2-tester found {len(wrong)} things in {len(results)} checks, of which {done} succeeded")
            skipped = sorted({each.reason.partition(":")[0] for each in results if each.status == Status.SKIPPED and each.reason})
            print(f"scim: {done} checks of scim2-tester, none failed; not checked: {', '.join(skipped) or 'nothing'}")
            daemon.stop()
        finally:
            daemon.process.kill()


if __name__ == "__main__":
    main(sys.argv[1])
