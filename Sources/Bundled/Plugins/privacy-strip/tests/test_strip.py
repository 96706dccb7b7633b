import os
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

COMMAND = [FOLDER, ["/usr/bin/python3", "-I", "-S", "privacy_strip.py"]]
SECRETS = [b"Ada Lovelace", b"SN-4711-XYZ", b"52.5163", b"Pariser Platz"]


def named(name):
    return next(path for path in material("*.*") if path.name == name)


def run(*command):
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True).stdout


def tag(path, *arguments):
    """Writes metadata into a file as a camera or an editor would."""
    run("exiftool", "-config", "", "-q", "-q", "-m", "-overwrite_original", *arguments, str(path))


def pixels(path):
    """The picture as the decoder sees it."""
    with tempfile.TemporaryDirectory() as folder:
        run("vips", "rawsave", str(path), folder + "/raw")
        return Path(folder, "raw").read_bytes()


class StripTests(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.plugin = self.enterContext(Host(*COMMAND))

    def strip(self, path, mode=None, plugin=None):
        plugin = plugin or self.plugin
        answer = plugin.call("strip", {"document": str(path), **({"remove": mode} if mode else {})})
        self.assertIn("result", answer, f"{path}: {answer}")
        output = answer["result"]["output"]
        made = self.folder / ("made-" + Path(path).name)
        made.write_bytes(plugin.content(output))
        return made, output

    def tags(self, path):
        lines = run("exiftool", "-config", "", "-a", "-G1", "-s", "-n", "-ee", str(path)).decode("utf-8", "replace").splitlines()
        return {line.split(":")[0].replace("[", "").replace("]", ":").replace(" ", "") for line in lines}

    def photograph(self, name="large.jpg", suffix=None):
        """A photograph that tells everything."""
        path = self.folder / ("photo" + (suffix or Path(name).suffix))
        if suffix:
            run("vips", "copy", str(named(name)), str(path))
        else:
            path.write_bytes(named(name).read_bytes())
        tag(path, "-GPSLatitude=52.5163", "-GPSLatitudeRef=N", "-GPSLongitude=13.3777", "-GPSLongitudeRef=E", "-Artist=Ada Lovelace",
            "-SerialNumber=SN-4711-XYZ", "-XMP-dc:Creator=Ada Lovelace", "-XMP-exif:GPSLatitude=52.5163", "-Orientation#=6",
            "-XMP-iptcExt:LocationCreatedSublocation=Pariser Platz")
        if path.suffix in (".jpg", ".tif"):
            tag(path, "-IPTC:By-line=Ada Lovelace", "-IPTC:Sub-location=Pariser Platz")
        if path.suffix == ".jpg":
            tag(path, "-Comment=Ada Lovelace")
        return path

    def assertSilent(self, path):
        for secret in SECRETS:
            self.assertNotIn(secret, path.read_bytes())

    def test_removes_what_is_personal_and_keeps_the_picture_and_its_way_up(self):
        for name, suffix in [("large.jpg", None), ("01.tif", None), ("large.jpg", ".png"), ("r_sony.jpg", ".heic"), ("r_sony.jpg", ".avif")]:
            path = self.photograph(name, suffix)
            for mode in ["personal", "all"]:
                with self.subTest(path.name, mode=mode):
                    made, output = self.strip(path, mode)
                    self.assertSilent(made)
                    self.assertEqual(pixels(made), pixels(path))
                    self.assertEqual(run("exiftool", "-s3", "-n", "-Orientation", str(made)).strip(), b"6")
                    self.assertIn("GPS:GPSLatitude", output["removed"])
                    self.assertFalse([name for name in self.tags(made) if "GPS" in name or "Serial" in name])

    def test_removes_the_position_alone(self):
        for name, suffix in [("large.jpg", None), ("01.tif", None), ("large.jpg", ".png")]:
            path = self.photograph(name, suffix)
            with self.subTest(path.name):
                made, _ = self.strip(path, "gps")
                self.assertFalse([name for name in self.tags(made) if "GPSL" in name or "ocation" in name])
                self.assertNotIn(b"Pariser Platz", made.read_bytes())
                self.assertIn(b"Ada Lovelace", made.read_bytes())
                self.assertEqual(pixels(made), pixels(path))

    def test_keeps_the_colour_profile(self):
        path = self.folder / "profile.jpg"
        run("vips", "icc_transform", str(named("large.jpg")), str(path), "srgb", "--input-profile", "srgb", "--embedded")
        profile = run("exiftool", "-b", "-icc_profile", str(path))
        self.assertGreater(len(profile), 100)
        for mode in ["gps", "personal", "all"]:
            made, _ = self.strip(path, mode)
            self.assertEqual(run("exiftool", "-b", "-icc_profile", str(made)), profile)

    def test_keeps_the_exposure_unless_all_is_to_go(self):
        path = self.photograph()
        self.assertIn("ExifIFD:FNumber", self.tags(self.strip(path, "personal")[0]))
        self.assertNotIn("ExifIFD:FNumber", self.tags(self.strip(path, "all")[0]))

    def test_removes_the_thumbnail_and_the_makers_notes(self):
        path = named("r_canon.jpg")
        self.assertTrue(run("exiftool", "-b", "-ThumbnailImage", str(path)) and "Canon:CanonModelID" in self.tags(path))
        made, _ = self.strip(path, "personal")
        self.assertFalse(run("exiftool", "-b", "-ThumbnailImage", str(made)) or [name for name in self.tags(made) if name.startswith("Canon:")])

    def test_removes_what_is_appended_behind_the_picture(self):
        path = self.photograph()
        path.write_bytes(path.read_bytes() + b"Ada Lovelace was here 52.5163")
        for mode in ["gps", "personal", "all"]:
            made, _ = self.strip(path, mode)
            self.assertNotIn(b"was here", made.read_bytes())

    def test_strips_webp(self):
        path = self.folder / "photo.webp"
        source = self.photograph()
        run("vips", "copy", str(source), str(path))
        self.assertIn(b"Ada Lovelace", path.read_bytes())
        for mode in ["gps", "personal", "all"]:
            made, _ = self.strip(path, mode)
            self.assertSilent(made)
            self.assertEqual(pixels(made), pixels(path))
            self.assertEqual(run("vipsheader", "-f", "orientation", str(made)).strip(), b"6")

    def test_strips_pdf_and_leaves_no_old_version_in_the_file(self):
        path = self.folder / "document.pdf"
        path.write_bytes(named("form_english.pdf").read_bytes())
        tag(path, "-Author=Ada Lovelace", "-XMP-dc:Creator=Ada Lovelace", "-XMP-photoshop:City=Pariser Platz")
        for mode in ["personal", "all"]:
            made, output = self.strip(path, mode)
            self.assertSilent(made)
            self.assertEqual(run("pdftotext", str(made), "-"), run("pdftotext", str(path), "-"))
            self.assertIn("PDF:Author", output["removed"])
        made, _ = self.strip(path, "gps")
        self.assertNotIn(b"Pariser", made.read_bytes())
        self.assertIn(b"Ada Lovelace", run("pdfinfo", str(made)))

    def test_strips_every_photograph_and_document(self):
        for path in [*material("*.jpg"), *material("*.tif"), *material("*.pdf")]:
            if path.stat().st_size == 0:
                continue
            # Of a PDF the same goes with both.
            for mode in ["all"] if path.suffix == ".pdf" else ["personal", "all"]:
                with self.subTest(path.name, mode=mode):
                    made, _ = self.strip(path, mode)
                    found = self.plugin.call("inspect", {"document": str(made), "remove": mode})["result"]["output"]["found"]
                    self.assertEqual(found, [])

    def test_looks_without_making_anything(self):
        answer = self.plugin.call("inspect", {"document": str(self.photograph()), "remove": "gps"})["result"]["output"]
        self.assertEqual((answer["mediaType"], "GPS:GPSLongitude" in answer["found"]), ("image/jpeg", True))
        self.assertEqual(self.plugin.documents, {})

    def test_uses_the_configuration_where_the_call_says_nothing(self):
        with Host(*COMMAND, configuration={"remove": "gps"}) as plugin:
            made, _ = self.strip(self.photograph(), plugin=plugin)
        self.assertIn(b"Ada Lovelace", made.read_bytes())

    def test_filters_the_content_of_a_document(self):
        document = self.plugin.add(self.photograph(), "holiday.jpg", "image/jpeg")
        value = self.plugin.filter("document.content", "strip", {"document": document, "more": 1})["result"]["value"]
        self.assertNotEqual(value["document"]["document"], document["document"])
        self.assertEqual((value["document"]["name"], value["document"]["mediaType"], value["more"]), ("holiday.jpg", "image/jpeg", 1))
        for secret in SECRETS:
            self.assertNotIn(secret, self.plugin.content(value["document"]))
        other = {"document": self.plugin.add(b"hello", "a.txt", "text/plain")}
        self.assertEqual(self.plugin.filter("document.content", "strip", other)["result"]["value"], other)

    def test_fails_rather_than_pass_a_damaged_photograph_on(self):
        document = self.plugin.add(b"\xff\xd8\xff\xe1\x00\x10Exif\0\0II*\0", "a.jpg", "image/jpeg")
        self.assertIn("error", self.plugin.filter("document.content", "strip", {"document": document}))

    def test_refuses_what_it_cannot_strip(self):
        (self.folder / "text").write_text("hello")
        (self.folder / "locked.pdf").write_bytes(b"")
        run("qpdf", "--encrypt", "secret", "secret", "256", "--", str(named("default.pdf")), str(self.folder / "locked.pdf"))
        for values, code in [({"document": str(self.folder / "text")}, -32602), ({"document": str(named("large.jpg")), "remove": "x"}, -32602),
                             ({"document": "/nonexistent"}, -31994), ({"document": str(self.folder / "locked.pdf")}, -31990), ({}, -32602)]:
            answer = self.plugin.call("strip", values)
            self.assertEqual(answer.get("error", {}).get("code"), code, answer)

    def test_survives_hostile_files_and_never_leaves_a_position(self):
        sources = [self.photograph(), named("r_canon.jpg"), named("01.tif"), named("form_english.pdf")]
        webp = self.folder / "a.webp"
        run("vips", "copy", str(named("r_sony.jpg")), str(webp))
        for source in [*sources, webp]:
            content = source.read_bytes()
            for seed in range(3):
                with self.subTest(source.name, seed=seed):
                    path = self.folder / "spoiled"
                    path.write_bytes(spoiled(content, seed))
                    answer = self.plugin.call("strip", {"document": str(path), "remove": "personal"})
                    if "result" in answer:
                        made = self.folder / "made"
                        made.write_bytes(self.plugin.content(answer["result"]["output"]))
                        self.assertFalse([name for name in self.tags(made) if name.endswith(("GPSLatitude", "GPSLongitude")) and "Composite" not in name])
                    else:
                        self.assertIn(answer["error"]["code"], (-31990, -32602))
        self.assertEqual(os.listdir(self.plugin.outbox), [])


if __name__ == "__main__":
    unittest.main()
