import struct
import subprocess
import sys
import tempfile
import unittest
import zlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(FOLDER.parent / "tests"))
sys.dont_write_bytecode = True
from host import Host  # noqa: E402
from plugin import material, spoiled  # noqa: E402

COMMAND = [FOLDER, ["/usr/bin/python3", "-I", "-S", "thumbnail.py"]]


def named(name):
    return next(path for path in material("*.*") if path.name == name)


def run(*command):
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True).stdout


class ThumbnailTests(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.plugin = self.enterContext(Host(*COMMAND))

    def output(self, tool, path, plugin=None, **more):
        plugin = plugin or self.plugin
        answer = plugin.call(tool, {"document": str(path), **more})
        self.assertIn("result", answer, f"{path}: {answer}")
        output = answer["result"]["output"]
        made = self.folder / "made"
        made.write_bytes(plugin.content(output))
        self.assertEqual(self.size(made), (output["width"], output["height"]))
        return made, output

    def size(self, path):
        return tuple(int(run("vipsheader", "-f", side, str(path))) for side in ("width", "height"))

    def average(self, path):
        return float(run("vips", "avg", str(path)))

    def test_makes_a_thumbnail_that_shows_the_picture(self):
        source = named("large.jpg")
        made, output = self.output("make", source)
        self.assertEqual((output["width"], output["height"], output["mediaType"], output["name"]), (192, 256, "image/jpeg", "large thumbnail.jpg"))
        self.assertLess(abs(self.average(made) - self.average(source)), 3)
        self.assertEqual(run("exiftool", "-EXIF:all", str(made)), b"")

    def test_makes_one_of_every_photograph_and_document(self):
        for path in [*material("*.jpg"), *material("*.tif"), *material("*.pdf")]:
            if path.stat().st_size:
                with self.subTest(path.name):
                    _, output = self.output("make", path, width=64, height=48, format="webp")
                    self.assertTrue(0 < output["width"] <= 64 and 0 < output["height"] <= 48)

    def test_fills_the_size_when_asked_to(self):
        _, output = self.output("make", named("large.jpg"), width=100, height=40, fit="cover", format="png")
        self.assertEqual((output["width"], output["height"], output["mediaType"]), (100, 40, "image/png"))

    def test_turns_the_picture_upright(self):
        path = self.folder / "turned.jpg"
        path.write_bytes(named("large.jpg").read_bytes())
        run("exiftool", "-config", "", "-q", "-overwrite_original", "-Orientation#=6", str(path))
        _, output = self.output("make", path)
        self.assertEqual((output["width"], output["height"]), (256, 192))

    def test_makes_no_picture_larger(self):
        _, output = self.output("make", named("r_sony.jpg"))
        self.assertEqual((output["width"], output["height"]), self.size(named("r_sony.jpg")))

    def test_shows_the_page_that_is_asked_for(self):
        document = named("GS9_Color_Management.pdf")
        first, _ = self.output("make", document)
        first = first.read_bytes()
        second, output = self.output("make", document, page=2)
        self.assertNotEqual(first, second.read_bytes())
        self.assertEqual(output["height"], 256)
        answer = self.plugin.call("make", {"document": str(document), "page": 9999})
        self.assertEqual(answer["error"]["code"], -32602)

    def test_converts_formats_and_keeps_metadata_only_when_asked_to(self):
        source = named("large.jpg")
        for form, kind in [("png", "PNG"), ("webp", "WEBP"), ("tiff", "TIFF"), ("jpeg", "JPEG")]:
            with self.subTest(form):
                made, output = self.output("convert", source, format=form)
                self.assertEqual(self.size(made), self.size(source))
                self.assertIn(kind, run("exiftool", "-s3", "-FileType", str(made)).decode())
                self.assertEqual(run("exiftool", "-s3", "-Make", str(made)), b"")
        made, _ = self.output("convert", source, format="png", metadata=True, maximum=100)
        self.assertIn(b"CASIO", run("exiftool", "-s3", "-Make", str(made)))
        self.assertEqual(max(self.size(made)), 100)

    def test_converts_what_is_transparent_onto_white(self):
        path = self.folder / "clear.png"
        run("vips", "black", str(path), "20", "20", "--bands", "4")
        made, _ = self.output("convert", path, format="jpeg")
        self.assertGreater(self.average(made), 250)

    def test_renders_a_page_at_a_resolution(self):
        made, output = self.output("convert", named("form_english.pdf"), format="png", resolution=72)
        self.assertEqual((output["width"], output["height"]), (595, 842))
        self.assertLess(self.average(made), 254)

    def test_reads_documents_whatever_their_names_are(self):
        for name in ["a[page=7].jpg", "-o x.jpg", "%s.jpg", "a[Q=1,strip]", "line\nfeed.jpg"]:
            path = self.folder / name
            path.write_bytes(named("r_sony.jpg").read_bytes())
            self.output("make", path)

    def test_adds_a_thumbnail_to_the_metadata_once(self):
        value = {"document": self.plugin.add(named("large.jpg"), "beach.jpg", "image/jpeg"), "metadata": {"EXIF": {"Make": "CASIO"}}}
        first = self.plugin.filter("document.metadata", "preview", value)["result"]["value"]
        self.assertEqual(first["metadata"]["EXIF"], {"Make": "CASIO"})
        thumbnail = first["metadata"]["Thumbnail"]
        self.assertEqual((thumbnail["Width"], thumbnail["Height"], thumbnail["MediaType"]), (192, 256, "image/jpeg"))
        self.assertEqual(self.plugin.filter("document.metadata", "preview", value)["result"]["value"], first)
        self.assertEqual(len(self.plugin.documents), 2)
        del self.plugin.documents[thumbnail["Document"]]
        value_again = self.plugin.filter("document.metadata", "preview", value)["result"]["value"]
        thumbnail = value_again["metadata"]["Thumbnail"]
        self.assertIn(thumbnail["Document"], self.plugin.documents)
        again = {"document": self.plugin.named(thumbnail["Document"]), "metadata": {}}
        self.assertEqual(self.plugin.filter("document.metadata", "preview", again)["result"]["value"], again)
        other = {"document": self.plugin.add(b"hello", "a.txt", "text/plain"), "metadata": {}}
        self.assertEqual(self.plugin.filter("document.metadata", "preview", other)["result"]["value"], other)

    def test_refuses_what_it_cannot_show(self):
        (self.folder / "drawing.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
        run("qpdf", "--encrypt", "secret", "secret", "256", "--", str(named("default.pdf")), str(self.folder / "locked.pdf"))
        for values, code in [({"document": str(self.folder / "drawing.svg")}, -32602), ({"document": str(self.folder / "locked.pdf")}, -31990),
                             ({"document": str(named("large.jpg")), "width": 0}, -32602), ({"document": str(named("large.jpg")), "format": "exe"}, -32602),
                             ({"document": str(named("large.jpg")), "fit": "x"}, -32602), ({}, -32602)]:
            answer = self.plugin.call("make", values)
            self.assertEqual(answer.get("error", {}).get("code"), code, answer)

    def test_refuses_a_picture_that_unpacks_to_gigabytes(self):
        def chunk(kind, data):
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        path = self.folder / "bomb.png"
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)))
        self.assertEqual(self.plugin.call("make", {"document": str(path)})["error"]["code"], -31998)

    def test_a_page_cannot_read_files(self):
        script = b"%!PS\n(/etc/passwd) (r) file 100 string readstring pop = showpage\n"
        path = self.folder / "script.pdf"
        path.write_bytes(b"%PDF-1.4\n" + script)
        self.assertEqual(self.plugin.call("make", {"document": str(path)})["error"]["code"], -31990)

    def test_survives_truncated_and_mutated_files(self):
        for source in [named("large.jpg"), named("01.tif"), named("r_canon.jpg"), named("form_english.pdf"), named("default.pdf")]:
            for seed in range(6):
                with self.subTest(source.name, seed=seed):
                    path = self.folder / "spoiled"
                    path.write_bytes(spoiled(source.read_bytes(), seed))
                    answer = self.plugin.call("make", {"document": str(path)})
                    if "error" in answer:
                        self.assertIn(answer["error"]["code"], (-31990, -32602, -31998))
                        self.assertTrue(answer["error"]["data"]["hint"])


if __name__ == "__main__":
    unittest.main()
