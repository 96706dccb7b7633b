"""The Python client of host applications against a real daemon, over TCP and a Unix socket, and over connections that break."""

import hashlib
import importlib.util
import inspect
import io
import json
import os
import random
import select
import socket
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

from client_methods import written
from daemon import TOP, Daemon

FILE = TOP / "Sources/Bundled/SDKs/python/cloister_client.py"
specification = importlib.util.spec_from_file_location("cloister_client", FILE)
cloister_client = sys.modules["cloister_client"] = importlib.util.module_from_spec(specification)
specification.loader.exec_module(cloister_client)
Client, ConnectionFailed, Problem = cloister_client.Client, cloister_client.ConnectionFailed, cloister_client.Problem


class Breaking:
    """Passes connections on to a port, and cuts each of the first ones after so many bytes from either side."""

    def __init__(self, port, breaks, after):
        self.target, self.breaks, self.after = port, breaks, after
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(near,), daemon=True).start()

    def serve(self, near):
        far = socket.create_connection(("127.0.0.1", self.target))
        passed = 0
        with near, far:
            while True:
                for source in select.select([near, far], [], [])[0]:
                    try:
                        data = source.recv(1 << 14)
                        (far if source is near else near).sendall(data)
                    except OSError:
                        return
                    if not data:
                        return
                    passed += len(data)
                    if self.breaks > 0 and passed > self.after:
                        self.breaks -= 1
                        return


class ClientTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory(prefix="cloister-client-")
        cls.folder = Path(cls.place.name)
        cls.daemon = Daemon(Path(BUILD).resolve(), cls.folder, unix=cls.folder / "h")
        cls.daemon.wait_until_ready()
        for tenant in ("acme", "globex"):
            cls.daemon.command("tenant", "create", tenant)
        words = [word for scope in ("documents:read", "documents:write", "hooks:read", "hooks:run", "plugins:read", "plugins:write",
                                    "plugins:call", "tenants:read", "tenants:write", "whitelabel:read", "status:read")
                 for word in ("--scope", scope)]
        cls.key = cls.daemon.command("key", "create", "all", *words)["text"]
        cls.bound = cls.daemon.command("key", "create", "bound", "--tenant", "acme", "--scope", "documents:read", "--scope",
                                       "documents:write", "--scope", "hooks:run")["text"]
        cls.client = Client(f"http://127.0.0.1:{cls.daemon.port}", cls.key, tenant="acme")

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.daemon.stop()
        cls.place.cleanup()

    def file(self, size, seed=1):
        path = self.folder / f"file-{size}-{seed}"
        if not path.exists():
            chance = random.Random(seed)
            with open(path, "wb") as output:
                for offset in range(0, size, 1 << 20):
                    output.write(chance.randbytes(min(1 << 20, size - offset)))
        return path

    def open(self, port, key, **more):
        return self.enterContext(Client(f"http://127.0.0.1:{port}", key, **more))

    def resident(self):
        text = Path(f"/proc/{self.daemon.process.pid}/status").read_text()
        return int(text.partition("VmRSS:")[2].split()[0]) * 1024

    def test_has_exactly_the_operations_of_the_served_document(self):
        document = json.loads(json.dumps(self.client.openapi()))
        text = FILE.read_text()
        self.assertEqual(written(text, document), text, "a route has changed: make client")
        operations = {each["operationId"] for verbs in document["paths"].values() for each in verbs.values()}
        for operation in operations:
            method = getattr(Client, operation.replace("/", "_").replace("-", "_"))
            self.assertTrue(method.__doc__.startswith(operation + ":"))
            self.assertTrue(all(each.annotation is not inspect.Parameter.empty
                                for title, each in inspect.signature(method).parameters.items() if title != "self"), operation)

    def test_refusals_are_problems_with_their_places(self):
        with self.assertRaises(Problem) as caught:
            self.client.tenant_create(id="../x", memory=-1)
        self.assertEqual((caught.exception.status, caught.exception.code), (422, "invalidInput"))
        self.assertEqual({fault.pointer for fault in caught.exception.errors}, {"/id", "/memory"})
        self.assertTrue(caught.exception.request_id)
        with self.assertRaises(Problem) as caught:
            self.open(self.daemon.port, "cloister_live_none").tenant_list()
        self.assertEqual(caught.exception.status, 401)
        self.assertNotIn(self.key, repr(self.client))
        for address in ("http://example.com", "ftp://localhost", "http://localhost/path", "http://a:b@localhost"):
            with self.assertRaises(ValueError):
                Client(address, "k")
        with self.assertRaises(ValueError):
            self.client.request("GET", "/api/tenants", headers={"X-A": "a\r\nX-B: b"})

    def test_both_doors_serve_tenants_plugins_and_the_marketplace(self):
        local = self.enterContext(Client(f"unix:{self.folder}/h", self.key, tenant="acme"))
        for number, client in enumerate((self.client, local)):
            self.assertEqual({tenant["id"] for tenant in client.items(client.tenant_list, limit=1)} & {"acme", "globex"}, {"acme", "globex"})
            name = f"made-{number}"
            made = client.tenant_create(id=name, name="Gemacht: ä")
            self.assertEqual((made.status, made["name"]), (201, "Gemacht: ä"))
            tag = client.tenant_quota_show(name).etag
            self.assertEqual(client.tenant_quota(name, cpu=2, if_match=tag)["cpu"], 2)
            with self.assertRaises(Problem) as caught:
                client.tenant_quota(name, cpu=3, if_match=tag)
            self.assertEqual(caught.exception.status, 412)
            self.assertEqual(client.marketplace_install("barcode", tenant=name).status, 201)
            self.assertEqual([plugin["id"] for plugin in client.items(client.plugin_list, tenant=name)], ["barcode"])
            client.marketplace_uninstall("barcode", tenant=name)
            self.assertEqual(client.tenant_delete(name).status, 204)

    def test_events_are_told_and_hooks_applied(self):
        document = self.client.upload(io.BytesIO(b"hello"), "a.txt", media_type="text/csv")
        self.assertEqual(document["mediaType"], "text/csv")
        told = self.client.event_emit(event="document.processed", document=document["document"])
        self.assertIsNone(told["failure"])
        applied = self.client.hook_apply("document.metadata", document=document["document"], value={"metadata": {"Case": {"Number": 7}}})
        self.assertEqual(applied["value"]["metadata"], {"Case": {"Number": 7}})
        with self.assertRaises(Problem) as caught:
            self.client.event_emit(event="plugin.installed", value={})
        self.assertEqual(caught.exception.code, "permissionDenied")

    def test_documents_go_in_and_out_by_one_request(self):
        path = self.file(3_000_000)
        with open(path, "rb") as content:
            kept = self.open(self.daemon.port, self.bound).document_keep(name="ü.bin", content=content)
        with self.client.document_read(kept["document"]) as stream:
            self.assertEqual(b"".join(stream), path.read_bytes())
        with self.client.document_read(kept["document"], headers={"Range": "bytes=-7"}) as stream:
            self.assertEqual((stream.status, stream.read()), (206, path.read_bytes()[-7:]))
        with self.assertRaises(Problem) as caught:
            self.client.document_show(kept["document"], tenant="globex")
        self.assertEqual(caught.exception.status, 404)

    def test_uploads_and_downloads_go_on_where_connections_broke(self):
        path = self.file(20_000_000, seed=2)
        breaking = Breaking(self.daemon.port, breaks=4, after=6_000_000)
        client = self.open(breaking.port, self.key, tenant="acme")
        steps = []
        document = client.upload(path, part_size=7 << 20, progress=lambda done, size: steps.append(done))
        self.assertEqual(document["sha256"], hashlib.sha256(path.read_bytes()).hexdigest())
        self.assertEqual(breaking.breaks < 4, True)
        self.assertEqual(steps[-1], 20_000_000)
        breaking.breaks = 3
        target = self.folder / "copy"
        client.download(document["document"], target)
        self.assertEqual(breaking.breaks, 0)
        self.assertEqual(target.read_bytes(), path.read_bytes())
        self.assertFalse((self.folder / "copy.part").exists())

    def test_an_upload_goes_on_after_the_daemon_was_killed(self):
        path, begun = self.file(9_000_000, seed=3), []

        class Enough(Exception):
            pass

        def stop(done, size):
            raise Enough

        with self.assertRaises(Enough):
            self.client.upload(path, part_size=4 << 20, begun=begun.append, progress=stop)
        self.daemon.process.kill()
        self.daemon.process.wait()
        self.daemon.start()
        self.daemon.wait_until_ready()
        self.assertEqual(self.client.upload_show(begun[0])["offset"], 4 << 20)
        document = self.client.resume(begun[0], path)
        self.assertEqual(document["size"], 9_000_000)
        # Once more, as somebody does who did not hear the answer.
        self.assertEqual(self.client.resume(begun[0], path)["document"], document["document"])

    def test_a_request_without_an_answer_is_sent_again_and_done_once(self):
        breaking = Breaking(self.daemon.port, breaks=2, after=100)
        client = self.open(breaking.port, self.key)
        self.assertEqual(client.tenant_create(id="once").status, 201)
        self.assertEqual(breaking.breaks, 0)
        client.tenant_delete("once")
        breaking.breaks = 100
        began = time.monotonic()
        with self.assertRaises(ConnectionFailed):
            self.open(breaking.port, self.key, retries=2).status()
        self.assertLess(time.monotonic() - began, 60)

    def test_large_documents_take_no_memory(self):
        path, before = self.file(300 << 20, seed=4), self.resident()
        most, over = [before], threading.Event()

        def watch():
            while not over.wait(0.05):
                most.append(self.resident())

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            document = self.client.upload(path, part_size=100 << 20)
            self.client.download(document["document"], self.folder / "large")
        finally:
            over.set()
            watcher.join()
        self.client.document_delete(document["document"])
        os.unlink(self.folder / "large")
        self.assertLess(max(most) - before, 64 << 20, f"{before} grew to {max(most)}")


if __name__ == "__main__":
    BUILD = sys.argv.pop(1)
    unittest.main(verbosity=1)
