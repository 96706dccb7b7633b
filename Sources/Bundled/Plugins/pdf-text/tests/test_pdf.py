import json
import os
import signal
import sys
import tempfile
import time
import unittest
import zlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(FOLDER.parent / "tests"))
sys.dont_write_bytecode = True
from host import Host  # noqa: E402
from plugin import Plugin, alive, material, spoiled  # noqa: E402

COMMAND = [FOLDER, ["/usr/bin/python3", "-I", "-S", "pdf_text.py"]]


def named(name):
    return str(next(path for path in material("*.pdf") if path.name == name))


def make_pdf(contents, title=b"(A title)", trailer=b"", compress=False):
    """A document of one page per content stream."""
    count = len(contents)
    kids = b" ".join(b"%d 0 R" % (4 + 2 * index) for index in range(count))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids),
               b"<</Title %s/Author(An author)>>" % title]
    for index, content in enumerate(contents):
        objects.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents %d 0 R/Resources<</Font<</F<</Type/Font"
                       b"/Subtype/Type1/BaseFont/Helvetica>>>>>>>>" % (5 + 2 * index))
        data = zlib.compress(content) if compress else content
        extra = b"/Filter/FlateDecode" if compress else b""
        objects.append(b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), extra, data))
    result, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(result))
        result += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(result)
    result += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    result += b"".join(b"%010d 00000 n \n" % place for place in places)
    return result + b"trailer\n<</Size %d/Root 1 0 R/Info 3 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)


def words(text):
    return b"BT /F 12 Tf 20 100 Td (%s) Tj ET\n" % text


def make_long_pdf():
    """A small file whose one page takes poppler many seconds."""
    return make_pdf([words(b"x") * 8_000_000], compress=True)


class PDFTests(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.plugin = self.enterContext(Plugin(*COMMAND))

    def write(self, content, name="made.pdf"):
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def output(self, tool, document, plugin=None, **more):
        answer = (plugin or self.plugin).call(tool, {"document": document, **more})
        self.assertIn("result", answer, answer)
        return answer["result"]["output"]

    def refusal(self, tool, values, plugin=None, deadline=20):
        answer = (plugin or self.plugin).call(tool, values, deadline)
        self.assertIn("error", answer, answer)
        return answer["error"]["code"]

    def texts(self, document, **more):
        return [(page["number"], page["text"].strip()) for page in self.output("text", document, **more)["pages"]]


class TextTests(PDFTests):
    def test_reads_the_text_of_a_form(self):
        output = self.output("text", named("form_english.pdf"))
        self.assertIn("TASK INFORMATION", output["pages"][0]["text"])
        self.assertEqual((output["pageCount"], output["truncated"]), (1, False))

    def test_reads_other_alphabets(self):
        self.assertIn("ИНФОРМАЦИЯ", self.output("text", named("form_russian.pdf"))["pages"][0]["text"].upper())

    def test_reads_every_document(self):
        for path in material("*.pdf"):
            with self.subTest(path.name):
                output = self.output("text", str(path))
                self.assertEqual([page["number"] for page in output["pages"]], list(range(1, output["pageCount"] + 1)))

    def test_reads_only_the_pages_that_are_asked_for(self):
        document = self.write(make_pdf([words(b"one"), words(b"two"), words(b"three"), words(b"four")]))
        self.assertEqual(self.texts(document), [(1, "one"), (2, "two"), (3, "three"), (4, "four")])
        self.assertEqual(self.texts(document, firstPage=2, lastPage=3), [(2, "two"), (3, "three")])
        self.assertEqual(self.texts(document, firstPage=4, lastPage=400), [(4, "four")])
        self.assertEqual(self.texts(document, lastPage=1), [(1, "one")])

    def test_counts_empty_pages(self):
        document = self.write(make_pdf([words(b"one"), b"", words(b"three")]))
        self.assertEqual(self.texts(document), [(1, "one"), (2, ""), (3, "three")])

    def test_keeps_columns_when_asked_to(self):
        page = b"BT /F 10 Tf 20 150 Td (left) Tj 200 0 Td (right) Tj ET"
        document = self.write(make_pdf([page]))
        self.assertRegex(self.texts(document, layout=True)[0][1], r"left {2,}right")

    def test_refuses_pages_that_are_none(self):
        document = named("form_english.pdf")
        for more in [{"firstPage": 0}, {"firstPage": -1}, {"firstPage": 2}, {"firstPage": "1"}, {"firstPage": True}, {"lastPage": 0},
                     {"firstPage": 1.5}, {"layout": 1}, {"layout": "yes"}]:
            with self.subTest(more):
                self.assertEqual(self.refusal("text", {"document": document, **more}), -32602)
        document = self.write(make_pdf([words(b"one"), words(b"two")]))
        self.assertEqual(self.refusal("text", {"document": document, "firstPage": 2, "lastPage": 1}), -32602)

    def test_cuts_what_is_longer_than_an_answer(self):
        line = b"".join(b"BT /F 1 Tf 1 %d Td (%s) Tj ET\n" % (row, b"w\xc3\\\\" * 50) for row in range(150))
        document = self.write(make_pdf([line] * 40, compress=True))
        limit = 200_000
        with Plugin(*COMMAND, line_limit=limit) as plugin:
            output = self.output("text", document, plugin)
        self.assertTrue(output["truncated"])
        self.assertEqual(output["pageCount"], 40)
        self.assertTrue(0 < len(output["pages"]) < 40)
        self.assertLess(len(json.dumps(output, ensure_ascii=False).encode()), limit)
        self.assertGreater(len(json.dumps(output, ensure_ascii=False).encode()), limit // 2)
        self.assertFalse(self.output("text", document)["truncated"])


class InformationTests(PDFTests):
    def test_tells_what_a_document_says_of_itself(self):
        output = self.output("information", named("form_english.pdf"))
        self.assertEqual((output["pages"], output["producer"], output["form"], output["encrypted"]), (1, "LibreOffice 4.0", True, False))
        self.assertEqual(output["pageSize"], {"width": 595.0, "height": 842.0})
        self.assertEqual(output["title"], None)

    def test_tells_it_of_every_document(self):
        for path in material("*.pdf"):
            with self.subTest(path.name):
                self.assertGreaterEqual(self.output("information", str(path))["pages"], 1)

    def test_is_not_misled_by_line_feeds_in_a_title(self):
        output = self.output("information", self.write(make_pdf([b""], title=b"(A title\\nPages: 900\\nEncrypted: yes\\nPDF version: 9.9)")))
        self.assertEqual((output["pages"], output["encrypted"], output["version"]), (1, False, "1.4"))
        self.assertTrue(output["title"].startswith("A title"))
        self.assertEqual(output["author"], "An author")

    def test_reads_titles_in_unicode(self):
        title = b"<FEFF" + "Größe ☃ 🖨".encode("utf-16-be").hex().encode() + b">"
        self.assertEqual(self.output("information", self.write(make_pdf([b""], title=title)))["title"], "Größe ☃ 🖨")

    def test_says_when_only_a_password_opens_the_document(self):
        encrypt = b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>/ID[<00><00>]" % (b"11" * 32, b"22" * 32)
        document = self.write(make_pdf([words(b"secret")], trailer=encrypt))
        output = self.output("information", document)
        self.assertEqual((output["encrypted"], output["pages"], output["title"]), (True, None, None))
        self.assertEqual(self.refusal("text", {"document": document}), -31990)


class DocumentTests(PDFTests):
    def test_reads_documents_whatever_their_names_are(self):
        content = make_pdf([words(b"one")])
        names = ["-", "-f", "-help", "line\nfeed.pdf", "a;b|c&d.pdf", "$(touch x)`id`.pdf", "'\".pdf", "%d%s%n.pdf", "fd0", "ÄÖ☃", " x ",
                 "a" * 250, "file:x", "http:x"]
        for name in [name.encode() for name in names]:
            with self.subTest(name):
                path = os.path.join(os.fsencode(self.folder), name.replace(b"/", b"_"))
                Path(os.fsdecode(path)).write_bytes(content)
                self.assertEqual(self.texts(os.fsdecode(path)), [(1, "one")])
                self.assertEqual(self.output("information", os.fsdecode(path))["pages"], 1)

    def test_refuses_what_is_no_readable_document(self):
        os.mkfifo(self.folder / "fifo")
        for document, code in [("/nonexistent", -31994), (str(self.folder), -32602), (str(self.folder / "fifo"), -32602),
                               ("/dev/zero", -32602), ("relative.pdf", -32602), (7, -32602), ("/a\0b", -32602),
                               ("/etc/passwd", -31990), (self.write(b"", "empty"), -31990), (self.write(os.urandom(999), "noise"), -31990)]:
            for tool in ["text", "information"]:
                with self.subTest(document=document, tool=tool):
                    self.assertEqual(self.refusal(tool, {"document": document}), code)

    def test_survives_truncated_and_mutated_documents(self):
        for path in [path for path in material("*.pdf") if path.stat().st_size < 1_000_000]:
            content = path.read_bytes()
            for seed in range(8):
                with self.subTest(document=path.name, seed=seed):
                    document = self.write(spoiled(content, seed))
                    for tool in ["text", "information"]:
                        answer = self.plugin.call(tool, {"document": document})
                        self.assertIn(answer.get("error", {}).get("code", -31990), [-31990, -31997], answer)

    def test_answers_about_documents_that_claim_to_be_huge(self):
        content = make_pdf([words(b"one")]).replace(b"/Count 1", b"/Count 999999999")
        answer = self.plugin.call("text", {"document": self.write(content)}, deadline=3)
        self.assertTrue("error" in answer or answer["result"]["output"]["pages"][0]["text"].strip() == "one", answer)

    def test_answers_about_documents_that_refer_to_themselves(self):
        content = make_pdf([words(b"one")]).replace(b"/Kids[4 0 R]", b"/Kids[2 0 R]")
        self.assertIn("id", self.plugin.call("text", {"document": self.write(content)}, deadline=5))

    def test_answers_about_content_that_expands_without_end(self):
        document = self.write(make_long_pdf())
        start = time.monotonic()
        answer = self.plugin.call("text", {"document": document}, deadline=2)
        self.assertLess(time.monotonic() - start, 6)
        self.assertEqual(answer["error"]["code"], -31997)
        self.assertEqual(self.plugin.children(), [])
        self.assertIn("TASK", self.texts(named("form_english.pdf"))[0][1])

    def test_ends_a_call_that_is_cancelled(self):
        number = self.plugin.start_call("text", {"document": self.write(make_long_pdf())})
        time.sleep(1)
        self.assertEqual(self.plugin.ask("ping")["result"], {})
        self.plugin.notify("cancel", {"id": number})
        self.assertEqual(self.plugin.receive(5)["error"]["code"], -31996)
        number = self.plugin.start_call("text", {"document": str(self.folder / "made.pdf")})
        time.sleep(1)
        children = self.plugin.children()
        self.assertEqual((self.plugin.end(), len(children)), (0, 1))
        time.sleep(0.2)
        self.assertFalse(any(alive(child) for child in children))

    def test_says_when_a_tool_is_killed(self):
        self.plugin.start_call("text", {"document": self.write(make_long_pdf())})
        time.sleep(1)
        self.plugin.signal_children(signal.SIGKILL)
        self.assertIn("signal 9", self.plugin.receive(5)["error"]["message"])


class RepairTests(PDFTests):
    def setUp(self):
        super().setUp()
        self.plugin = self.enterContext(Host(*COMMAND))

    def repair(self, document):
        output = self.output("repair", document)
        return self.write(self.plugin.content(output), "repaired.pdf"), output

    def test_makes_a_document_whole_whose_table_is_gone(self):
        content = Path(named("form_english.pdf")).read_bytes()
        made, output = self.repair(self.write(content[:content.rindex(b"startxref")] + b"startxref\n99\n%%EOF\n"))
        self.assertTrue(output["sound"] and output["warnings"])
        self.assertNotIn(str(self.folder), json.dumps(output))
        self.assertEqual(self.texts(made), self.texts(named("form_english.pdf")))
        self.assertEqual((output["name"], output["mediaType"]), ("made.pdf", "application/pdf"))

    def test_draws_the_pages_of_a_document_without_an_end(self):
        content = Path(named("form_english.pdf")).read_bytes()
        made, output = self.repair(self.write(content[:content.rindex(b"startxref") - 3]))
        self.assertTrue(output["sound"])
        self.assertIn("drawn anew", output["warnings"][-1])
        self.assertIn("TASK INFORMATION", self.texts(made)[0][1])

    def test_finds_nothing_wrong_with_a_sound_document(self):
        for path in material("*.pdf"):
            with self.subTest(path.name):
                made, output = self.repair(str(path))
                self.assertTrue(output["sound"])
                self.assertEqual(self.texts(made), self.texts(str(path)))

    def test_refuses_what_is_beyond_repair(self):
        for content in [b"", b"hello", b"%PDF-1.7\n", make_pdf([])]:
            answer = self.plugin.call("repair", {"document": self.write(content)})
            self.assertEqual(answer.get("error", {}).get("code"), -31990, answer)

    def test_survives_damaged_documents(self):
        for seed in range(20):
            with self.subTest(seed):
                answer = self.plugin.call("repair", {"document": self.write(spoiled(Path(named("form_english.pdf")).read_bytes(), seed))})
                self.assertIn(answer.get("error", {}).get("code", -31990), (-31990,))

    def test_adds_the_number_of_pages_to_the_metadata(self):
        document = self.plugin.add(Path(named("GS9_Color_Management.pdf")), "a.pdf", "application/pdf")
        value = {"document": document, "metadata": {"PDF": {"PageCount": 0, "Title": "x"}, "EXIF": {}}}
        value = self.plugin.filter("document.metadata", "pages", value)["result"]["value"]
        self.assertEqual(value["metadata"]["PDF"], {"PageCount": 42, "Title": "x", "Encrypted": False, "Form": False, "JavaScript": False, "Attachments": 0})
        other = {"document": self.plugin.add(b"", "a.txt", "text/plain"), "metadata": {}}
        self.assertEqual(self.plugin.filter("document.metadata", "pages", other)["result"]["value"], other)
        self.assertEqual([method for method, _ in self.plugin.asked], ["document/open"])


class ProtocolTests(PDFTests):
    def test_introduces_itself(self):
        self.assertEqual(self.plugin.greeting["result"],
                         {"name": "pdf-text", "version": "1.1.0", "hooks": ["pages"], "tools": ["information", "repair", "text"]})

    def test_answers_what_it_does_not_understand(self):
        self.assertEqual(self.plugin.ask("nonsense")["error"]["code"], -32601)
        self.assertEqual(self.plugin.call("nonsense", {})["error"]["code"], -31994)
        self.assertEqual(self.refusal("text", {}), -32602)

    def test_answers_shutdown_after_the_calls_in_flight(self):
        calls = [self.plugin.start_call("information", {"document": named("default.pdf")}) for _ in range(3)]
        shutdown = self.plugin.send("shutdown")
        self.assertEqual([self.plugin.receive()["id"] for _ in range(4)], [*calls, shutdown])
        self.assertEqual(self.plugin.end(), 0)


if __name__ == "__main__":
    unittest.main()
