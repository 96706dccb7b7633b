import json
import os
import signal
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(FOLDER.parent / "tests"))
sys.dont_write_bytecode = True
from host import Host  # noqa: E402
from plugin import Plugin, alive, material, spoiled  # noqa: E402

COMMAND = [FOLDER, ["/usr/bin/python3", "-I", "-S", "exif_metadata.py"]]


def photograph(name):
    return str(next(path for path in material("*.jpg") if path.name == name))


class ExtractTests(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.plugin = self.enterContext(Plugin(*COMMAND))

    def extract(self, document, **more):
        answer = self.plugin.call("extract", {"document": str(document), **more})
        self.assertIn("result", answer, answer)
        return answer["result"]["output"]

    def refusal(self, values):
        answer = self.plugin.call("extract", values)
        self.assertIn("error", answer, answer)
        return answer["error"]["code"]

    def test_reads_what_a_camera_wrote(self):
        metadata = self.extract(photograph("r_canon.jpg"))["metadata"]
        self.assertEqual(metadata["EXIF"]["Make"], "Canon")
        self.assertEqual(metadata["EXIF"]["Model"], "Canon PowerShot G1 X Mark II")
        self.assertEqual(metadata["EXIF"]["FNumber"], 5.6)
        self.assertEqual(metadata["File"]["MIMEType"], "image/jpeg")
        self.assertIn("MakerNotes", metadata)

    def test_reads_every_photograph(self):
        for path in material("*.jpg"):
            with self.subTest(path.name):
                output = self.extract(path)
                if path.stat().st_size > 0:
                    self.assertEqual(output["metadata"]["File"]["MIMEType"], "image/jpeg")
                else:
                    self.assertEqual(output["warnings"], ["File is empty"])

    def test_says_nothing_of_the_place_of_the_document(self):
        output = json.dumps(self.extract(photograph("large.jpg")))
        for word in ["SourceFile", "FileName", "Directory", "FilePermissions", "/tmp", str(Path(photograph("large.jpg")).parent)]:
            self.assertNotIn(word, output)

    def test_reads_only_the_groups_that_are_asked_for(self):
        metadata = self.extract(photograph("large.jpg"), groups=["EXIF"])["metadata"]
        self.assertEqual(set(metadata), {"EXIF"})

    def test_refuses_groups_that_are_options(self):
        for group in ["-delete_original", "EXIF:all\n-o\n/tmp/x", "", "a b", "EXIF=", 7, None]:
            with self.subTest(group):
                self.assertEqual(self.refusal({"document": photograph("large.jpg"), "groups": [group]}), -32602)

    def test_reads_documents_whatever_their_names_are(self):
        content = Path(photograph("r_sony.jpg")).read_bytes()
        names = ["-o", "-execute", "-stay_open", "line\nfeed.jpg", "\n-o\n/tmp/x", "touch escaped |", "touch escaped|.jpg", "$(touch x).jpg",
                 "'\"`.jpg", " leading.jpg", "#comment", "#[CSTR]x", "%f.jpg", "@args", "*.jpg", "ÄÖ☃.jpg", "a" * 250, ".jpg", "x.%s", "tab\t.jpg",
                 "\\.jpg", "&.jpg", "x.jpg\r"]
        for name in [name.encode() for name in names]:
            with self.subTest(name):
                path = os.path.join(os.fsencode(self.folder), name.replace(b"/", b"_"))
                Path(os.fsdecode(path)).write_bytes(content)
                self.assertEqual(self.extract(os.fsdecode(path))["metadata"]["EXIF"]["Make"], "SONY")
        self.assertFalse(os.path.exists("escaped") or (self.folder / "escaped").exists())

    def test_answers_about_documents_that_are_no_photographs(self):
        (self.folder / "text").write_text("hello\n")
        (self.folder / "noise").write_bytes(bytes(range(256)) * 8)
        self.assertEqual(self.extract(self.folder / "text")["metadata"]["File"]["MIMEType"], "text/plain")
        self.assertEqual(self.extract(self.folder / "noise")["warnings"], ["Unknown file type"])

    def test_refuses_what_is_no_readable_document(self):
        os.mkfifo(self.folder / "fifo")
        (self.folder / "dangling").symlink_to("nowhere")
        for document, code in [("/nonexistent", -31994), (str(self.folder / "dangling"), -31994), (str(self.folder), -32602),
                               (str(self.folder / "fifo"), -32602), ("/dev/zero", -32602), ("relative.jpg", -32602),
                               (7, -32602), (None, -32602), ("/a\0b", -32602), ("/" + "x" * 300, -31990)]:
            with self.subTest(document):
                self.assertEqual(self.refusal({"document": document}), code)
        self.assertEqual(self.refusal({}), -32602)

    def test_survives_truncated_and_mutated_photographs(self):
        path = self.folder / "spoiled.jpg"
        for photo in [path for path in material("*.jpg") if path.stat().st_size > 0]:
            content = photo.read_bytes()
            for seed in range(12):
                with self.subTest(photo=photo.name, seed=seed):
                    path.write_bytes(spoiled(content, seed))
                    output = self.extract(path)
                    self.assertTrue(output["metadata"] or output["warnings"])

    def test_starts_exiftool_again_after_it_died(self):
        for _ in range(3):
            self.assertEqual(self.extract(photograph("r_sony.jpg"))["metadata"]["EXIF"]["Make"], "SONY")
            self.plugin.signal_children(signal.SIGKILL)

    def test_repeats_a_request_during_which_exiftool_died(self):
        self.extract(photograph("r_sony.jpg"))
        self.plugin.signal_children(signal.SIGSTOP)
        number = self.plugin.start_call("extract", {"document": photograph("r_sony.jpg")})
        time.sleep(0.2)
        self.plugin.signal_children(signal.SIGKILL)
        answer = self.plugin.receive()
        self.assertEqual((answer["id"], answer["result"]["output"]["metadata"]["EXIF"]["Make"]), (number, "SONY"))

    def test_keeps_one_exiftool_open(self):
        self.extract(photograph("r_sony.jpg"))
        first = self.plugin.children()
        self.extract(photograph("large.jpg"))
        self.assertEqual((len(first), self.plugin.children()), (1, first))

    def test_answers_at_the_deadline_when_exiftool_hangs(self):
        self.extract(photograph("r_sony.jpg"))
        self.plugin.signal_children(signal.SIGSTOP)
        start = time.monotonic()
        answer = self.plugin.call("extract", {"document": photograph("large.jpg")}, deadline=1)
        self.assertEqual(answer["error"]["code"], -31997)
        self.assertLess(time.monotonic() - start, 3)
        self.assertEqual(self.extract(photograph("r_sony.jpg"))["metadata"]["EXIF"]["Make"], "SONY")

    def test_ends_a_call_that_is_cancelled(self):
        self.extract(photograph("r_sony.jpg"))
        self.plugin.signal_children(signal.SIGSTOP)
        number = self.plugin.start_call("extract", {"document": photograph("large.jpg")})
        self.assertEqual(self.plugin.ask("ping")["result"], {})
        self.plugin.notify("cancel", {"id": number})
        self.assertEqual(self.plugin.receive(5)["error"]["code"], -31996)
        self.assertEqual(self.extract(photograph("r_sony.jpg"))["metadata"]["EXIF"]["Make"], "SONY")

    def test_ends_with_its_exiftool_when_stdin_closes(self):
        self.extract(photograph("r_sony.jpg"))
        children = self.plugin.children()
        self.plugin.signal_children(signal.SIGSTOP)
        self.plugin.start_call("extract", {"document": photograph("large.jpg")})
        self.assertEqual(self.plugin.end(), 0)
        self.assertFalse(any(alive(child) for child in children))

    def test_leaves_nothing_in_the_temporary_folder(self):
        before = set(Path("/tmp").glob("exif-*"))
        self.extract(photograph("r_sony.jpg"))
        self.plugin.signal_children(signal.SIGSTOP)
        self.plugin.start_call("extract", {"document": photograph("large.jpg")})
        self.plugin.end()
        self.assertEqual(set(Path("/tmp").glob("exif-*")) - before, set())


class HookTests(unittest.TestCase):
    def setUp(self):
        self.plugin = self.enterContext(Host(*COMMAND))

    def filter(self, document, metadata):
        answer = self.plugin.filter("document.metadata", "metadata", {"document": document, "metadata": metadata, "more": 1})
        self.assertIn("result", answer, answer)
        return answer["result"]["value"]

    def test_adds_what_a_camera_wrote(self):
        document = self.plugin.add(Path(photograph("r_canon.jpg")), "beach.jpg", "image/jpeg")
        value = self.filter(document, {"EXIF": {"Make": "said before"}, "Other": {"a": 1}})
        self.assertEqual((value["document"], value["more"], value["metadata"]["Other"]), (document, 1, {"a": 1}))
        self.assertEqual(value["metadata"]["EXIF"]["Make"], "said before")
        self.assertEqual(value["metadata"]["EXIF"]["Model"], "Canon PowerShot G1 X Mark II")

    def test_passes_other_documents_by_without_opening_them(self):
        document = self.plugin.add(b"hello", "a.txt", "text/plain")
        self.assertEqual(self.filter(document, {}), {"document": document, "metadata": {}, "more": 1})
        self.assertEqual(self.plugin.asked, [])

    def test_passes_on_why_a_document_was_not_opened(self):
        with Host(*COMMAND, denied=["document/open"]) as plugin:
            document = plugin.add(b"", "a.jpg", "image/jpeg")
            answer = plugin.filter("document.metadata", "metadata", {"document": document, "metadata": {}})
        self.assertEqual(answer["error"]["code"], -31999)

    def test_answers_about_a_damaged_photograph(self):
        document = self.plugin.add(b"\xff\xd8\xff\xe1\x00\x10Exif", "a.jpg", "image/jpeg")
        self.assertIn("File", self.filter(document, {})["metadata"])


class ProtocolTests(unittest.TestCase):
    def setUp(self):
        self.plugin = self.enterContext(Plugin(*COMMAND))

    def test_introduces_itself(self):
        self.assertEqual(self.plugin.greeting["result"],
                         {"name": "exif-metadata", "version": "1.1.0", "hooks": ["metadata"], "tools": ["extract"]})

    def test_names_both_protocols_when_it_does_not_speak_the_hosts(self):
        with Plugin(*COMMAND, protocol=None) as plugin:
            error = plugin.ask("initialize", {"protocol": "cloister/2"})["error"]
        self.assertEqual(error["code"], -31989)
        self.assertIn("cloister/2", error["message"])
        self.assertIn("cloister/1", error["message"])

    def test_answers_what_it_does_not_understand(self):
        self.assertEqual(self.plugin.ask("nonsense")["error"]["code"], -32601)
        self.assertEqual(self.plugin.call("nonsense", {})["error"]["code"], -31994)
        self.assertEqual(self.plugin.call("extract", [1])["error"]["code"], -32602)
        self.assertEqual(self.plugin.ask("ping")["result"], {})

    def test_passes_over_notifications_and_answers(self):
        self.plugin.notify("cancel", {"id": 99})
        self.plugin.notify("cancel", {"id": [1]})
        self.plugin.notify("unheard", {})
        self.plugin.write(b'{"jsonrpc":"2.0","id":5,"result":{}}\n')
        self.assertEqual(self.plugin.ask("configuration/changed")["result"], {})

    def test_answers_shutdown_after_the_calls_in_flight(self):
        calls = [self.plugin.start_call("extract", {"document": photograph("r_sony.jpg")}) for _ in range(3)]
        shutdown = self.plugin.send("shutdown")
        self.assertEqual([self.plugin.receive()["id"] for _ in range(4)], [*calls, shutdown])
        self.assertEqual(self.plugin.end(), 0)

    def test_refuses_an_output_that_no_line_holds(self):
        with Plugin(*COMMAND, line_limit=500) as plugin:
            self.assertEqual(plugin.call("extract", {"document": photograph("r_canon.jpg")})["error"]["code"], -31998)

    def test_runs_no_configuration_from_the_home_folder(self):
        with tempfile.TemporaryDirectory() as home:
            (Path(home) / ".ExifTool_config").write_text(f"open(F, '>{home}/ran'); 1;\n")
            with Plugin(*COMMAND, home=home) as plugin:
                plugin.call("extract", {"document": photograph("r_sony.jpg")})
            self.assertFalse((Path(home) / "ran").exists())

    def test_ends_in_the_middle_of_a_line(self):
        self.plugin.write(b'{"jsonrpc":"2.0","id":1,"meth')
        self.assertEqual(self.plugin.end(), 0)

    def test_answers_many_calls_that_are_sent_at_once(self):
        document = photograph("r_sony.jpg")
        sender = threading.Thread(target=lambda: [self.plugin.start_call("extract", {"document": document}) for _ in range(100)])
        sender.start()
        answers = [self.plugin.receive() for _ in range(100)]
        sender.join()
        self.assertEqual(len({answer["id"] for answer in answers}), 100)


if __name__ == "__main__":
    unittest.main()
