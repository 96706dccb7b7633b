import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(FOLDER.parent / "tests"))
sys.dont_write_bytecode = True
from host import Host  # noqa: E402
from plugin import material, spoiled  # noqa: E402

COMMAND = [FOLDER, ["/usr/bin/python3", "-I", "-S", "ocr.py"]]
# What stands on the form, in large letters.
WORDS = {"TASK", "INFORMATION"}


def named(name):
    return next(path for path in material("*.*") if path.name == name)


def run(*command):
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True).stdout


def words(text):
    return {word.strip(".,:;()[]") for word in text.split()}


class OCRTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scans = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        run("pdftoppm", "-r", "200", "-gray", "-png", "-singlefile", str(named("form_english.pdf")), str(cls.scans / "page"))
        # A scan as a scanner makes it: a page that is a picture only.
        run("tesseract", str(cls.scans / "page.png"), str(cls.scans / "with-text"), "--dpi", "200", "pdf")
        run("gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", "-dFILTERTEXT", f"-sOutputFile={cls.scans}/scan.pdf", str(cls.scans / "with-text.pdf"))

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.plugin = self.enterContext(Host(*COMMAND))

    def recognize(self, path, **more):
        answer = self.plugin.call("recognize", {"document": str(path), **more}, deadline=120)
        self.assertIn("result", answer, answer)
        made = self.folder / "made.pdf"
        made.write_bytes(self.plugin.content(answer["result"]["output"]))
        run("qpdf", "--check", str(made))
        return made, answer["result"]["output"]

    def test_makes_a_scan_searchable_and_leaves_its_picture_alone(self):
        scan = self.scans / "scan.pdf"
        self.assertEqual(run("pdftotext", str(scan), "-").strip(), b"")
        made, output = self.recognize(scan)
        expected = words(run("pdftotext", str(named("form_english.pdf")), "-").decode())
        found = words(run("pdftotext", str(made), "-").decode())
        self.assertTrue(WORDS <= found, found)
        self.assertGreater(len(expected & found) / len(expected), 0.6)
        self.assertEqual([(page["number"], page["recognized"]) for page in output["pages"]], [(1, True)])
        self.assertTrue(WORDS <= words(output["pages"][0]["text"]))
        self.assertIn(("progress", True), [(method, "message" in parameters) for method, parameters in self.plugin.notifications])
        for source in (scan, made):
            run("pdfimages", "-png", str(source), str(self.folder / source.stem))
            run("pdftoppm", "-r", "50", "-gray", "-singlefile", str(source), str(self.folder / ("seen-" + source.stem)))
        self.assertEqual((self.folder / "scan-000.png").read_bytes(), (self.folder / "made-000.png").read_bytes())
        before, after = ((self.folder / f"seen-{name}.pgm").read_bytes() for name in ("scan", "made"))
        self.assertEqual(len(before), len(after))
        # The renderer rounds a few pixels another way.
        self.assertLess(sum(abs(first - second) for first, second in zip(before, after)) / len(before), 0.1)

    def test_puts_the_text_where_it_is_seen(self):
        made, _ = self.recognize(self.scans / "scan.pdf")

        def places(path):
            lines = run("pdftotext", "-bbox", str(path), "-").decode().splitlines()
            return {line.split(">")[1].split("<")[0]: [float(line.split(f'{name}="')[1].split('"')[0]) for name in ("xMin", "yMin")]
                    for line in lines if "<word" in line}
        expected, found = places(named("form_english.pdf")), places(made)
        for word in WORDS:
            for first, second in zip(expected[word], found[word]):
                self.assertLess(abs(first - second), 8, f"{word}: {expected[word]} {found[word]}")

    def test_reads_a_photograph_of_a_page_that_lies_on_its_side(self):
        photograph = self.folder / "photo.jpg"
        run("vips", "rot", str(self.scans / "page.png"), str(photograph), "d270")
        run("exiftool", "-config", "", "-q", "-overwrite_original", "-Orientation#=6", str(photograph))
        made, output = self.recognize(photograph)
        self.assertTrue(WORDS <= words(output["pages"][0]["text"]))
        self.assertTrue(WORDS <= words(run("pdftotext", str(made), "-").decode()))
        self.assertEqual((output["name"], output["mediaType"]), ("photo.pdf", "application/pdf"))

    def test_leaves_pages_alone_that_have_text(self):
        both = self.folder / "both.pdf"
        run("qpdf", "--empty", "--pages", str(named("default-testpage.pdf")), str(self.scans / "scan.pdf"), str(named("helloworld.pdf")), "--", str(both))
        made, output = self.recognize(both)
        self.assertEqual([page["recognized"] for page in output["pages"]].count(True), 1)
        self.assertIn("TASK", output["pages"][-2]["text"])
        before = run("pdftotext", "-l", str(len(output["pages"]) - 2), str(both), "-")
        self.assertEqual(run("pdftotext", "-l", str(len(output["pages"]) - 2), str(made), "-"), before)

    def test_filters_scans_and_passes_everything_else_by(self):
        scan = {"document": self.plugin.add(self.scans / "scan.pdf", "scan.pdf", "application/pdf"), "more": 1}
        value = self.plugin.filter("document.content", "searchable", scan, deadline=120)["result"]["value"]
        self.assertEqual((value["document"]["name"], value["more"]), ("scan.pdf", 1))
        (self.folder / "made.pdf").write_bytes(self.plugin.content(value["document"]))
        self.assertTrue(WORDS <= words(run("pdftotext", str(self.folder / "made.pdf"), "-").decode()))
        for content, kind in [(named("form_english.pdf"), "application/pdf"), (b"hello", "text/plain"), (named("r_sony.jpg"), "image/jpeg")]:
            other = {"document": self.plugin.add(content, "a", kind)}
            self.assertEqual(self.plugin.filter("document.content", "searchable", other)["result"]["value"], other)

    def test_refuses_languages_that_the_host_does_not_have(self):
        answer = self.plugin.call("recognize", {"document": str(self.scans / "page.png"), "languages": ["tlh"]})
        self.assertEqual(answer["error"]["code"], -32602)
        self.assertIn("eng", answer["error"]["data"]["hint"])
        for languages in [["../../etc/passwd"], ["-h"], [7], ["eng+osd"]]:
            answer = self.plugin.call("recognize", {"document": str(self.scans / "page.png"), "languages": languages})
            self.assertEqual(answer["error"]["code"], -32602)
        refused = self.plugin.ask("configuration/changed", {"configuration": {"languages": ["tlh"]}})
        self.assertEqual(refused["error"]["code"], -31995)

    def test_refuses_what_it_cannot_read(self):
        run("qpdf", "--encrypt", "secret", "secret", "256", "--", str(named("default.pdf")), str(self.folder / "locked.pdf"))
        (self.folder / "text").write_text("hello")
        long = self.folder / "long.pdf"
        run("qpdf", "--empty", "--pages", *[str(self.scans / "scan.pdf")] * 51, "--", str(long))
        for values, code in [({"document": str(self.folder / "locked.pdf")}, -31990), ({"document": str(self.folder / "text")}, -32602),
                             ({"document": str(long)}, -31998), ({"document": str(self.scans / "page.png"), "resolution": 5}, -32602), ({}, -32602)]:
            answer = self.plugin.call("recognize", values)
            self.assertEqual(answer.get("error", {}).get("code"), code, answer)

    def test_ends_a_call_that_is_cancelled(self):
        number = self.plugin.start_call("recognize", {"document": str(self.scans / "scan.pdf")}, deadline=120)
        self.assertEqual(self.plugin.ask("ping")["result"], {})
        self.plugin.notify("cancel", {"id": number})
        self.assertEqual(self.plugin.receive(20)["error"]["code"], -31996)

    def test_survives_truncated_and_mutated_files(self):
        for source in [named("r_sony.jpg"), named("default.pdf"), named("01.tif")]:
            for seed in range(5):
                with self.subTest(source.name, seed=seed):
                    path = self.folder / "spoiled"
                    path.write_bytes(spoiled(source.read_bytes(), seed))
                    answer = self.plugin.call("recognize", {"document": str(path)}, deadline=60)
                    if "error" in answer:
                        self.assertIn(answer["error"]["code"], (-31990, -32602, -31998))
                        self.assertTrue(answer["error"]["data"]["hint"])


if __name__ == "__main__":
    unittest.main()
