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

COMMAND = [FOLDER, ["/usr/bin/python3", "-I", "-S", "watermark.py"]]


def named(name):
    return next(path for path in material("*.*") if path.name == name)


def run(*command):
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True).stdout


class StampTests(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.plugin = self.enterContext(Host(*COMMAND))

    def stamp(self, path, plugin=None, **more):
        plugin = plugin or self.plugin
        answer = plugin.call("stamp", {"document": str(path), **more}, deadline=60)
        self.assertIn("result", answer, f"{path}: {answer}")
        made = self.folder / ("made" + Path(path).suffix)
        made.write_bytes(plugin.content(answer["result"]["output"]))
        return made, answer["result"]["output"]

    def size(self, path):
        return tuple(int(run("vipsheader", "-f", side, str(path))) for side in ("width", "height"))

    def difference(self, first, second, box=None):
        """The average difference of two pictures, within a box of left, top, width, height."""
        flat = []
        for number, path in enumerate((first, second)):
            flat.append(str(self.folder / f"flat{number}.png"))
            run("vips", "colourspace", str(path), flat[-1], "b-w")
            if box:
                run("vips", "crop", flat[-1], flat[-1] + ".png", *map(str, box))
                flat[-1] += ".png"
            run("vips", "extract_band", flat[-1], flat[-1] + ".one.png", "0")
            flat[-1] += ".one.png"
        run("vips", "subtract", *flat, str(self.folder / "difference.tif"))
        run("vips", "abs", str(self.folder / "difference.tif"), str(self.folder / "abs.tif"))
        return float(run("vips", "avg", str(self.folder / "abs.tif")))

    def page(self, path, number=1):
        run("pdftoppm", "-r", "50", "-f", str(number), "-l", str(number), "-png", "-singlefile", str(path), str(self.folder / "page"))
        picture = self.folder / f"page-{Path(path).stem}-{number}.png"
        (self.folder / "page.png").rename(picture)
        return picture

    def test_stamps_a_text_where_it_is_asked_for(self):
        source = named("large.jpg")
        made, output = self.stamp(source, text="ENTWURF", position="top-left", size=40, angle=0, opacity=1, color="#ff0000")
        self.assertEqual((self.size(made), output["mediaType"], output["name"], output["pages"]), ((500, 667), "image/jpeg", "large.jpg", 1))
        self.assertGreater(self.difference(source, made, (15, 15, 180, 40)), 10)
        self.assertLess(self.difference(source, made, (0, 400, 500, 267)), 2)

    def test_stamps_every_kind_of_picture_and_keeps_what_it_is(self):
        for suffix in [".jpg", ".png", ".webp", ".tif"]:
            with self.subTest(suffix):
                source = self.folder / ("source" + suffix)
                run("vips", "copy", str(named("large.jpg")), str(source))
                made, _ = self.stamp(source, text="Ω & <b> Ä", opacity=0.9)
                self.assertEqual(self.size(made), self.size(source))
                self.assertEqual(run("vipsheader", "-f", "bands", str(made)), run("vipsheader", "-f", "bands", str(source)))
                self.assertGreater(self.difference(source, made), 0.5)

    def test_keeps_metadata_and_turns_the_picture_upright(self):
        source = self.folder / "turned.jpg"
        source.write_bytes(named("large.jpg").read_bytes())
        run("exiftool", "-config", "", "-q", "-overwrite_original", "-Orientation#=6", str(source))
        made, _ = self.stamp(source, text="x")
        self.assertEqual(self.size(made), (667, 500))
        self.assertIn(b"CASIO", run("exiftool", "-s3", "-Make", str(made)))
        self.assertIn(run("exiftool", "-s3", "-n", "-Orientation", str(made)).strip(), (b"1", b""))

    def test_keeps_transparency(self):
        source = self.folder / "clear.png"
        run("vips", "black", str(source), "100", "100", "--bands", "4")
        made, _ = self.stamp(source, text="x", size=20, angle=0, position="top-left", opacity=1)
        self.assertEqual(run("vips", "getpoint", str(made), "90", "90").split()[-1], b"0")

    def test_stamps_a_picture_on_a_picture(self):
        source, logo = named("large.jpg"), self.folder / "logo.png"
        run("vips", "black", str(logo), "50", "50")
        made, _ = self.stamp(source, image=str(logo), position="bottom-right", size=20, angle=0, opacity=1)
        self.assertGreater(self.difference(source, made, (400, 567, 60, 60)), 20)
        self.assertLess(self.difference(source, made, (0, 0, 500, 400)), 2)

    def test_covers_the_whole_picture_with_a_pattern(self):
        source = named("large.jpg")
        made, _ = self.stamp(source, text="Muster", position="tile", size=25, opacity=1)
        for box in [(0, 0, 250, 330), (250, 0, 250, 330), (0, 330, 250, 330), (250, 330, 250, 330)]:
            self.assertGreater(self.difference(source, made, box), 2)

    def test_stamps_pictures_of_one_band_and_of_four_colours(self):
        grey, four = self.folder / "grey.png", self.folder / "four.jpg"
        run("vips", "colourspace", str(named("large.jpg")), str(grey), "b-w")
        run("vips", "icc_transform", str(named("large.jpg")), str(four), "cmyk", "--input-profile", "srgb")
        for source in (grey, four):
            made, _ = self.stamp(source, text="x", opacity=1)
            self.assertEqual(self.size(made), (500, 667))

    def test_stamps_every_page_and_leaves_the_text(self):
        source = named("GS9_Color_Management.pdf")
        made, output = self.stamp(source, text="VERTRAULICH", opacity=0.8, color="#0000ff")
        self.assertGreater(output["pages"], 5)
        self.assertEqual(run("pdftotext", str(made), "-"), run("pdftotext", str(source), "-"))
        for number in (1, 4):
            self.assertGreater(self.difference(self.page(source, number), self.page(made, number)), 1)

    def test_stamps_every_document(self):
        for source in material("*.pdf"):
            with self.subTest(source.name):
                made, _ = self.stamp(source, text="Probe", position="tile", size=30)
                run("qpdf", "--check", str(made))
                self.assertEqual(run("pdftotext", str(made), "-"), run("pdftotext", str(source), "-"))

    def test_stamps_a_turned_page_the_right_way_up(self):
        source = self.folder / "turned.pdf"
        run("qpdf", "--rotate=90", str(named("form_english.pdf")), str(source))
        made, _ = self.stamp(source, text="x", position="top-left", size=20, angle=0, opacity=1)
        before, after = self.page(source), self.page(made)
        width, height = self.size(before)
        self.assertGreater(width, height)
        self.assertGreater(self.difference(before, after, (0, 0, width // 4, height // 3)), 1)
        self.assertEqual(self.difference(before, after, (width // 2, height // 2, width // 2 - 1, height // 2 - 1)), 0)

    def test_filters_the_content_with_the_configured_text(self):
        document = {"document": self.plugin.add(named("r_sony.jpg"), "a.jpg", "image/jpeg")}
        self.assertEqual(self.plugin.filter("document.content", "stamp", document)["result"]["value"], document)
        with Host(*COMMAND, configuration={"text": "Copy"}) as plugin:
            document = {"document": plugin.add(named("large.jpg"), "a.jpg", "image/jpeg"), "more": 1}
            value = plugin.filter("document.content", "stamp", document)["result"]["value"]
            self.assertNotEqual(value["document"]["document"], document["document"]["document"])
            self.assertEqual((value["document"]["mediaType"], value["more"]), ("image/jpeg", 1))
            text = {"document": plugin.add(b"hello", "a.txt", "text/plain")}
            self.assertEqual(plugin.filter("document.content", "stamp", text)["result"]["value"], text)

    def test_refuses_what_cannot_be_stamped(self):
        picture = str(named("large.jpg"))
        run("qpdf", "--encrypt", "", "secret", "256", "--", str(named("default.pdf")), str(self.folder / "locked.pdf"))
        (self.folder / "text").write_text("hello")
        for values, code in [({"document": picture}, -32602), ({"document": picture, "text": "a", "image": picture}, -32602),
                             ({"document": picture, "text": "  "}, -32602), ({"document": picture, "text": "a\0"}, -32602),
                             ({"document": picture, "text": "a", "angle": 200}, -32602), ({"document": picture, "text": "a", "color": "red"}, -32602),
                             ({"document": picture, "text": "a", "position": "up"}, -32602), ({"document": str(self.folder / "text"), "text": "a"}, -32602),
                             ({"document": picture, "image": str(self.folder / "text")}, -32602),
                             ({"document": str(self.folder / "locked.pdf"), "text": "a"}, -31990)]:
            answer = self.plugin.call("stamp", values)
            self.assertEqual(answer.get("error", {}).get("code"), code, f"{values}: {answer}")

    def test_survives_truncated_and_mutated_files(self):
        for source in [named("large.jpg"), named("01.tif"), named("form_english.pdf"), named("default.pdf")]:
            for seed in range(3):
                with self.subTest(source.name, seed=seed):
                    path = self.folder / "spoiled"
                    path.write_bytes(spoiled(source.read_bytes(), seed))
                    answer = self.plugin.call("stamp", {"document": str(path), "text": "x"})
                    if "error" in answer:
                        self.assertIn(answer["error"]["code"], (-31990, -32602, -31998))
                        self.assertTrue(answer["error"]["data"]["hint"])


if __name__ == "__main__":
    unittest.main()
