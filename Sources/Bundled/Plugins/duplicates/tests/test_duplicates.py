import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(FOLDER.parent / "tests"))
sys.dont_write_bytecode = True
from host import Host  # noqa: E402
from plugin import SDK, material, spoiled  # noqa: E402

sys.path[:0] = [str(FOLDER), str(SDK / "python")]
import perceptual  # noqa: E402

COMMAND = [FOLDER, ["/usr/bin/python3", "-I", "-S", "duplicates.py"]]


def named(name):
    return next(path for path in material("*.*") if path.name == name)


def run(*command):
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True).stdout


class DuplicateTests(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.plugin = self.enterContext(Host(*COMMAND))

    def output(self, tool, plugin=None, **values):
        answer = (plugin or self.plugin).call(tool, {name: str(path) for name, path in values.items()})
        self.assertIn("result", answer, f"{values}: {answer}")
        return answer["result"]["output"]

    def receive(self, content, name, kind="image/jpeg"):
        document = self.plugin.add(content, name, kind)
        answer = self.plugin.action("document.received", "remember", {"document": document})
        self.assertEqual(answer.get("result"), {}, answer)
        return document["document"]

    def copies(self, source):
        """The same picture after what happens to pictures."""
        made = {name: self.folder / name for name in ["small.jpg", "poor.jpg", "a.png", "a.webp", "large.tif", "bright.jpg", "bare.jpg", "turned.jpg"]}
        run("vipsthumbnail", str(source), "--size", "200x200", "--output", str(made["small.jpg"]))
        run("vips", "copy", str(source), str(made["poor.jpg"]) + "[Q=25]")
        run("vips", "copy", str(source), str(made["a.png"]))
        run("vips", "copy", str(source), str(made["a.webp"]) + "[Q=60]")
        run("vips", "resize", str(source), str(made["large.tif"]), "1.7")
        run("vips", "linear", str(source), str(made["bright.jpg"]), "0.9", "20")
        made["bare.jpg"].write_bytes(source.read_bytes())
        run("exiftool", "-config", "", "-q", "-overwrite_original", "-all=", str(made["bare.jpg"]))
        # Lying on its side, with the note that says which way is up.
        run("vips", "rot", str(source), str(made["turned.jpg"]), "d270")
        run("exiftool", "-config", "", "-q", "-overwrite_original", "-Orientation#=6", str(made["turned.jpg"]))
        return made

    def test_knows_a_picture_again_after_what_happens_to_pictures(self):
        source = named("large.jpg")
        for name, path in self.copies(source).items():
            with self.subTest(name):
                output = self.output("compare", first=source, second=path)
                self.assertEqual((output["identical"], output["similar"]), (False, True), output)

    def test_tells_different_pictures_apart(self):
        pictures = [named("large.jpg"), named("L01.jpg"), named("01.tif"), named("02.jpg"), named("r_canon.jpg")]
        turned = self.folder / "mirrored.jpg"
        run("vips", "flip", str(named("large.jpg")), str(turned), "horizontal")
        for first, second in [(pictures[0], turned), (pictures[0], pictures[1]), (pictures[0], pictures[3]), (pictures[1], pictures[4])]:
            with self.subTest(f"{first.name} {second.name}"):
                self.assertNotEqual(self.output("compare", first=first, second=second)["similar"], True)

    def test_says_when_two_are_identical(self):
        output = self.output("compare", first=named("large.jpg"), second=named("large.jpg"))
        self.assertEqual(output, {"identical": True, "similar": True, "distance": 0, "gradient": 0})
        output = self.output("compare", first=named("default.pdf"), second=named("default.pdf"))
        self.assertEqual(output, {"identical": True, "similar": None, "distance": None, "gradient": None})
        self.assertFalse(self.output("compare", first=named("default.pdf"), second=named("secret.pdf"))["identical"])

    def test_a_picture_of_one_colour_is_like_none(self):
        for number in (1, 2):
            run("vips", "black", str(self.folder / f"{number}.png"), str(50 * number), "50")
        output = self.output("compare", first=self.folder / "1.png", second=self.folder / "2.png")
        self.assertEqual((output["identical"], output["similar"]), (False, None))

    def test_remembers_what_came_in_and_tells_of_duplicates(self):
        first = self.receive(named("large.jpg"), "beach.jpg")
        self.assertEqual(self.plugin.events, [])
        self.receive(named("L01.jpg"), "other.jpg")
        self.assertEqual(self.plugin.events, [])
        small = self.copies(named("large.jpg"))["small.jpg"]
        second = self.receive(small, "small.jpg")
        event, value = self.plugin.events.pop()
        self.assertEqual((event, value["document"]["document"], value["exact"]), ("duplicates.found", second, []))
        self.assertEqual([match["document"] for match in value["similar"]], [first])
        third = self.receive(named("large.jpg"), "again.jpg")
        value = self.plugin.events.pop()[1]
        self.assertEqual([match["document"] for match in value["exact"]], [first])
        self.assertEqual([match["document"] for match in value["similar"]], [second])
        checked = self.output("check", document=named("large.jpg"))
        self.assertEqual({match["document"] for match in checked["exact"]}, {first, third})
        self.assertEqual({match["name"] for match in checked["exact"]}, {"beach.jpg", "again.jpg"})

    def test_forgets_what_is_deleted(self):
        number = self.receive(named("large.jpg"), "beach.jpg")
        self.assertEqual(len(self.plugin.storage), 10)
        self.plugin.action("document.deleted", "forget", {"document": self.plugin.named(number)})
        self.assertEqual(self.plugin.storage, {})
        self.plugin.action("document.deleted", "forget", {"document": self.plugin.named(number)})
        self.assertEqual(self.output("check", document=named("large.jpg"))["exact"], [])

    def test_enters_a_document_once_however_often_it_is_told(self):
        document = self.plugin.add(named("large.jpg"), "beach.jpg", "image/jpeg")
        for _ in range(2):
            self.plugin.action("document.received", "remember", {"document": document})
        self.assertEqual((len(self.plugin.storage), self.plugin.events), (10, []))

    def test_knows_documents_that_are_no_pictures(self):
        self.receive(b"hello", "a.txt", "text/plain")
        self.receive(b"hello", "b.txt", "text/plain")
        self.assertEqual(self.plugin.events[0][1]["exact"][0]["name"], "a.txt")

    def test_uses_the_configured_distance(self):
        poor = self.folder / "poor.jpg"
        run("vips", "copy", str(named("L02.jpg")), str(self.folder / "a.png"))
        run("vips", "gaussblur", str(self.folder / "a.png"), str(poor), "4")
        apart = self.output("compare", first=named("L02.jpg"), second=poor)["distance"]
        for distance in (0, 7):
            with Host(*COMMAND, configuration={"distance": distance}) as plugin:
                output = self.output("compare", plugin, first=named("L02.jpg"), second=poor)
                self.assertEqual(output["similar"], apart <= distance)

    def test_finds_every_hash_within_seven_bits_and_no_other(self):
        import random
        from index import Entry, Index
        chance, storage = random.Random(7), Storage()
        base = chance.getrandbits(64)
        for count in range(12):
            bits = chance.sample(range(64), count)
            look = base
            for bit in bits:
                look ^= 1 << bit
            Index(storage).add(f"d{count}", Entry(f"{count:064x}", f"{look:016x}", "0" * 16, "x"))
        for distance in range(8):
            found = dict(Index(storage).close(f"{base:016x}", distance))
            self.assertEqual(found, {f"d{count}": count for count in range(distance + 1)})

    def test_the_transform_is_the_cosine_transform(self):
        """One frequency alone gives its bit and no other above it."""
        for down, across in [(1, 1), (3, 5), (8, 8)]:
            pixels = [[128 + 100 * perceptual.COSINES[down][y] * perceptual.COSINES[across][x] for x in range(32)] for y in range(32)]
            rows = [[sum(v * c for v, c in zip(row, perceptual.COSINES[a])) for a in range(9)] for row in pixels]
            values = {(d, a): sum(rows[p][a] * perceptual.COSINES[d][p] for p in range(32)) for d in range(1, 9) for a in range(1, 9)}
            self.assertEqual(max(values, key=values.get), (down, across))
            self.assertTrue(perceptual.frequencies(pixels) >> (63 - 8 * (down - 1) - (across - 1)) & 1)

    def test_survives_truncated_and_mutated_files(self):
        for source in [named("large.jpg"), named("01.tif"), named("form_english.pdf")]:
            for seed in range(5):
                with self.subTest(source.name, seed=seed):
                    path = self.folder / "spoiled"
                    path.write_bytes(spoiled(source.read_bytes(), seed))
                    self.assertEqual(len(self.output("check", document=path)["sha256"]), 64)


class Storage:
    """The host's storage without a host."""

    def __init__(self):
        self.values = {}

    def put(self, key, value):
        self.values[key] = value

    def get(self, key):
        return self.values.get(key)

    def delete(self, key):
        return self.values.pop(key, None) is not None

    def keys(self, prefix):
        return sorted(key for key in self.values if key.startswith(prefix))


if __name__ == "__main__":
    unittest.main()
