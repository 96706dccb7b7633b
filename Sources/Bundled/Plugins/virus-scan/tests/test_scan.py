import io
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zipfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(FOLDER.parent / "tests"))
sys.dont_write_bytecode = True
from host import Host  # noqa: E402
from plugin import Plugin, alive, material  # noqa: E402

COMMAND = [FOLDER, ["/usr/bin/python3", "-I", "-S", "virus_scan.py"]]
SAMPLES = Path("/usr/share/clamav-testfiles")
NAME = "clam.exe.UNOFFICIAL"


class Way:
    """A proxy that knows CONNECT, as the host's way out does; `hosts` maps names to the ports they really are."""

    def __init__(self, hosts):
        self.hosts, self.asked = hosts, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.tunnel, args=(client,), daemon=True).start()

    def tunnel(self, client):
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            request += client.recv(1)
        method, target, _ = request.split(b"\r\n")[0].decode().split(" ")
        self.asked.append((method, target))
        if method != "CONNECT" or target not in self.hosts:
            client.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return client.close()
        server = socket.create_connection(("127.0.0.1", self.hosts[target]))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=self.pump, args=(server, client), daemon=True)
        back.start()
        self.pump(client, server)
        back.join()
        client.close()
        server.close()

    @staticmethod
    def pump(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class ScanTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # The plugin's own folder, which is /data in the sandbox.
        cls.home = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.signatures = Path(cls.home) / "signatures"
        cls.signatures.mkdir()
        made = subprocess.run(["sigtool", "--md5", str(SAMPLES / "clam.exe")], stdout=subprocess.PIPE, check=True)
        (cls.signatures / "clam.hdb").write_bytes(made.stdout)
        cls.plugin = cls.enterClassContext(Host(*COMMAND, home=cls.home, configuration={"signatures": str(cls.signatures)}))

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def write(self, content, name="made.bin"):
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def host(self, environment=None, **configuration):
        configuration = {"signatures": str(self.signatures), **configuration}
        return self.enterContext(Host(*COMMAND, home=self.home, configuration=configuration, environment=environment))

    def scan(self, path, plugin=None):
        answer = (plugin or self.plugin).call("scan", {"document": str(path)}, deadline=60)
        self.assertIn("result", answer, answer)
        return answer["result"]["output"]

    def refusal(self, path, plugin=None, deadline=20):
        answer = (plugin or self.plugin).call("scan", {"document": str(path)}, deadline)
        self.assertIn("error", answer, answer)
        self.assertNotIn("\n", answer["error"]["message"])
        return answer["error"]["code"]

    def daemon(self):
        """A clamd of somebody else's, on TCP."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        configuration = self.folder / "clamd.conf"
        configuration.write_text(f"DatabaseDirectory {self.signatures}\nTCPSocket {port}\nTCPAddr 127.0.0.1\nForeground yes\n")
        process = subprocess.Popen(["/usr/sbin/clamd", "--foreground", "--config-file", str(configuration)], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return port
            except OSError:
                time.sleep(0.1)
        raise TimeoutError("clamd does not listen")

    def test_finds_the_sample_in_every_container(self):
        samples = sorted(SAMPLES.iterdir())
        self.assertGreaterEqual(len(samples), 40)
        for sample in samples:
            with self.subTest(sample=sample.name):
                # One of them is packed deeper than is looked into.
                found = "Heuristics.Limits.Exceeded.MaxRecursion" if sample.name == "clam_cache_emax.tgz" else NAME
                self.assertEqual(self.scan(sample), {"clean": False, "found": found})

    def test_the_signature_that_comes_with_it_knows_the_test_file(self):
        # In two parts, or scanners would find this file.
        sample = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + rb"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
        plugin = self.host(signatures=str(FOLDER / "signatures"))
        self.assertEqual(self.scan(self.write(sample), plugin)["found"], "Eicar-Test-Signature.UNOFFICIAL")
        self.assertTrue(self.scan(self.write(sample[:-1]), plugin)["clean"])

    def test_passes_ordinary_documents(self):
        for path in [*material("*.pdf"), *material("*.jpg")[:6], self.write(b""), self.write(b"text")]:
            with self.subTest(path=path):
                self.assertEqual(self.scan(path), {"clean": True, "found": None})

    def test_finds_it_deep_in_an_archive_and_beside_other_things(self):
        content = (SAMPLES / "clam.exe").read_bytes()
        for depth in range(5):
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("readme.txt", "harmless " * 1000)
                archive.writestr(f"level{depth}.zip", content)
            content = packed.getvalue()
        self.assertFalse(self.scan(self.write(content, "deep.zip"))["clean"])

    def test_an_archive_that_is_too_deep_is_not_clean(self):
        content = b"harmless"
        for depth in range(30):
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w") as archive:
                archive.writestr("next.zip", content)
            content = packed.getvalue()
        self.assertEqual(self.scan(self.write(content))["found"], "Heuristics.Limits.Exceeded.MaxRecursion")

    def test_a_document_that_is_too_large_is_not_passed(self):
        plugin = self.host(**{"most-bytes": 4096})
        self.assertEqual(self.refusal(self.write(b"x" * 4097), plugin), -31998)
        self.assertTrue(self.scan(self.write(b"x" * 4096), plugin)["clean"])

    def test_keeps_harmful_documents_out(self):
        good = self.plugin.add(b"harmless", "a.txt", "text/plain")
        self.assertEqual(self.plugin.action("document.received", "received", {"document": good})["result"], {})
        bad = self.plugin.add(SAMPLES / "clam.zip", "b.zip", "application/zip")
        error = self.plugin.action("document.received", "received", {"document": bad})["error"]
        self.assertEqual((error["code"], error["message"]), (-31999, f"document refused: {NAME} found"))

    def test_lets_nothing_in_that_it_cannot_read(self):
        document = self.plugin.add(b"harmless", "a.txt", "text/plain")
        self.plugin.denied.add("document/open")
        self.addCleanup(self.plugin.denied.clear)
        self.assertEqual(self.plugin.action("document.received", "received", {"document": document})["error"]["code"], -31999)
        for value in [None, {}, {"document": {"document": 1}}]:
            self.assertEqual(self.plugin.action("document.received", "received", value)["error"]["code"], -32602)

    def test_says_which_clamd_answers(self):
        output = self.plugin.call("engine", {})["result"]["output"]
        self.assertTrue(output["own"])
        self.assertRegex(output["version"], r"^ClamAV \d")

    def test_starts_a_new_clamd_when_the_old_one_was_killed(self):
        plugin = self.host()
        self.assertTrue(self.scan(self.write(b"a"), plugin)["clean"])
        (child,) = plugin.children()
        plugin.signal_children(9)
        while alive(child):
            time.sleep(0.01)
        self.assertFalse(self.scan(SAMPLES / "clam.exe", plugin)["clean"])

    def test_its_clamd_ends_with_it_and_leaves_nothing(self):
        folder = self.folder / "tmp"
        folder.mkdir()
        with Host(*COMMAND, home=self.home, configuration={"signatures": str(self.signatures)}, environment={"TMPDIR": str(folder)}) as plugin:
            self.scan(self.write(b"a"), plugin)
            (child,) = plugin.children()
        self.assertFalse(alive(child))
        self.assertEqual(list(folder.iterdir()), [])

    def test_uses_a_clamd_elsewhere(self):
        plugin = self.host(address=f"localhost:{self.daemon()}")
        self.assertTrue(self.scan(self.write(b"harmless"), plugin)["clean"])
        self.assertEqual(self.scan(SAMPLES / "clam.exe", plugin)["found"], NAME)
        self.assertFalse(plugin.call("engine", {})["result"]["output"]["own"])

    def test_uses_it_through_the_way_out(self):
        way = Way({"clamd.internal:3310": self.daemon()})
        plugin = self.host({"HTTP_PROXY": way.address}, address="clamd.internal:3310")
        self.assertEqual(self.scan(SAMPLES / "clam.exe", plugin)["found"], NAME)
        self.assertTrue(self.scan(material("*.pdf")[0], plugin)["clean"])
        self.assertEqual(set(way.asked), {("CONNECT", "clamd.internal:3310")})
        other = self.host({"HTTP_PROXY": way.address}, address="elsewhere.example:3310")
        self.assertEqual(self.refusal(self.write(b"a"), other), -31988)

    def test_nothing_is_clean_without_a_clamd(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.assertEqual(self.refusal(self.write(b"a"), self.host(address=f"localhost:{port}")), -31988)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            plugin = self.host(address=f"localhost:{silent.getsockname()[1]}")
            self.assertEqual(self.refusal(self.write(b"a"), plugin, deadline=2), -31997)

    def test_an_answer_that_is_none_is_no_all_clear(self):
        for reply in [b"", b"stream: ", b"OK\0", b"stream: OK", b"x" * 9000, b"INSTREAM size limit exceeded. ERROR\0"]:
            with self.subTest(reply=reply[:20]), socket.create_server(("127.0.0.1", 0)) as listener:
                def answer(listener=listener, reply=reply):
                    client, _ = listener.accept()
                    with client:
                        client.sendall(reply)
                        client.shutdown(socket.SHUT_WR)
                        try:
                            while client.recv(65536):
                                pass
                        except ConnectionResetError:
                            pass
                threading.Thread(target=answer, daemon=True).start()
                plugin = self.host(address=f"localhost:{listener.getsockname()[1]}")
                code = -32602 if reply.endswith(b" ERROR\0") else -31990
                self.assertEqual(self.refusal(self.write(b"a"), plugin), code)

    def test_refuses_a_configuration_that_leads_nowhere(self):
        for configuration in [{"signatures": "/etc"}, {"signatures": "/data/../etc"}, {"signatures": "/usrlocal"}, {"address": "nowhere"},
                              {"address": "a b:1"}, {"address": "host:99999"}]:
            with self.subTest(configuration=configuration), Plugin(*COMMAND, protocol=None) as plugin:
                error = plugin.ask("initialize", {"protocol": "cloister/1", "configuration": configuration})["error"]
                self.assertEqual(error["code"], -31995)
        self.assertEqual(self.refusal(self.write(b"a"), self.host(signatures="/usr/share/none")), -31995)
        self.assertEqual(self.refusal(self.write(b"a"), self.host(signatures="/usr/share/doc")), -31995)

    def test_refuses_signatures_that_are_damaged(self):
        folder = Path(self.home) / "damaged"
        folder.mkdir()
        (folder / "bad.ndb").write_text("this is no signature\n")
        self.assertEqual(self.refusal(self.write(b"a"), self.host(signatures=str(folder))), -31990)


if __name__ == "__main__":
    unittest.main()
