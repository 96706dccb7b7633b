import base64
import os
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
from plugin import Plugin, material, spoiled  # noqa: E402

COMMAND = [FOLDER, ["/bin/sh", "barcode.sh"]]


def modules(data, *options):
    """The rows of a QR code, true where it is dark."""
    drawn = subprocess.run(["qrencode", "-t", "ASCII", "-m", "4", *options, "-r", "/dev/stdin"], input=data,
                           stdout=subprocess.PIPE, check=True).stdout.decode()
    return [[character != " " for character in line[::2]] for line in drawn.splitlines()]


def stretched(rows, scale=4):
    """Grey pixels, and how many stand in a row."""
    width = max(map(len, rows)) * scale
    lines = [b"".join((b"\0" if dark else b"\xff") * scale for dark in row).ljust(width, b"\xff") for row in rows]
    return [line for line in lines for _ in range(scale)], width


def png(rows, size=None):
    lines, width = stretched(rows)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", *(size or (width, len(lines))), 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + line for line in lines))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def pdf(pages):
    """A document with one image per page."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>",
               b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(pages), b" ".join(b"%d 0 R" % (3 + 3 * n) for n in range(len(pages))))]
    for number, rows in enumerate(pages):
        lines, width = stretched(rows)
        first = 3 + 3 * number
        data, content = zlib.compress(b"".join(lines)), b"q 200 0 0 200 100 400 cm /I Do Q"
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</XObject<</I %d 0 R>>>>>>" % (first + 1, first + 2),
            b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/FlateDecode"
            b"/Length %d>>stream\n%s\nendstream" % (width, len(lines), len(data), data)]
    result, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(result))
        result += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(result)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return result + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, table, len(objects) + 1, start)


class BarcodeTests(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.plugin = self.enterContext(Plugin(*COMMAND))

    def write(self, content, name="made.png"):
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def read(self, path, plugin=None, **more):
        answer = (plugin or self.plugin).call("read", {"document": str(path), **more})
        self.assertIn("result", answer, answer)
        return answer["result"]["output"]["codes"]

    def refusal(self, path):
        answer = self.plugin.call("read", {"document": str(path)})
        self.assertIn("error", answer, answer)
        self.assertNotIn("\n", answer["error"]["message"])
        return answer["error"]["code"]

    def texts(self, path, **more):
        return [(code["page"], code.get("text")) for code in self.read(path, **more)]

    def zint(self, kind, data, name="code.png", *options):
        path = self.folder / name
        subprocess.run(["zint", "-b", kind, "-d", data, "-o", path, "--scale=2", *options], check=True, stdout=subprocess.DEVNULL)
        return path

    def test_reads_barcodes_of_many_kinds(self):
        for kind, data, read, name in [
                ("EANX", "978020137962", "9780201379624", "EAN-13"), ("EANX", "1234567", "12345670", "EAN-8"),
                ("CODE128", "Invoice 42", "Invoice 42", "CODE-128"), ("CODE39", "PART-7", "PART-7", "CODE-39"),
                ("CODE93", "Shelf 9", "Shelf 9", "CODE-93"), ("C25INTER", "12345678", "12345678", "I2/5"),
                ("DBAR_OMN", "0950110153001", "0109501101530010", "DataBar"), ("CODABAR", "A37859B", "A37859B", "Codabar")]:
            with self.subTest(kind=kind):
                codes = self.read(self.zint(kind, data))
                self.assertEqual([(code["type"], code["text"]) for code in codes], [(name, read)])

    def test_reads_other_image_formats(self):
        for suffix in ["gif", "bmp", "tif"]:
            with self.subTest(suffix=suffix):
                self.assertEqual(self.texts(self.zint("CODE128", "abc", f"code.{suffix}")), [(1, "abc")])

    def test_reads_a_turned_code(self):
        path = self.zint("CODE128", "sideways", "code.png", "--rotate=90")
        self.assertEqual(self.texts(path), [(1, "sideways")])

    def test_reads_text_of_every_script_as_it_was_written(self):
        for text in ["Grüße aus Köln", "日本語のテキスト", "Привет, мир", "Ελληνικά", "naïve café", "שלום", "two\nlines & <tags> ]]>"]:
            with self.subTest(text=text):
                self.assertEqual(self.texts(self.write(png(modules(text.encode())))), [(1, text)])

    def test_tells_codes_side_by_side_apart(self):
        texts = ["Grüße", "Köln <]]>", "plain\nQR-Code:x", "日本語"]
        rows = [row for text in texts for row in modules(text.encode())]
        self.assertEqual(sorted(text for _, text in self.texts(self.write(png(rows)))), sorted(texts))

    def test_gives_bytes_that_are_no_text_as_base64(self):
        data = bytes([0, 1, 255, 254, 128])
        (code,) = self.read(self.write(png(modules(data, "-8"))))
        self.assertEqual(base64.b64decode(code["base64"]), data)
        self.assertNotIn("text", code)

    def test_reads_a_pdf_page_by_page(self):
        pages = [modules(b"first"), modules(b"second"), modules(b"third")]
        path = self.write(pdf(pages), "pages.pdf")
        self.assertEqual(self.texts(path), [(1, "first"), (2, "second"), (3, "third")])
        self.assertEqual(self.texts(path, pages=2), [(1, "first"), (2, "second")])

    def test_looks_at_as_many_pages_as_the_configuration_says(self):
        with Plugin(*COMMAND, protocol=None) as plugin:
            plugin.ask("initialize", {"protocol": "cloister/1", "configuration": {"pages": 1}})
            codes = self.read(self.write(pdf([modules(b"first"), modules(b"second")]), "two.pdf"), plugin)
            self.assertEqual([code["text"] for code in codes], ["first"])

    def test_finds_nothing_in_photographs_and_documents_without_codes(self):
        photograph = next(path for path in material("*.jpg") if path.name != "notjpeg.jpg")
        self.assertEqual(self.read(photograph), [])
        self.assertEqual(self.read(material("*.pdf")[0], pages=1), [])

    def test_a_name_is_never_read_as_more_than_a_name(self):
        content = png(modules(b"here"))
        for name in ["a b'c\".png", "$(touch harm).png", "msl:x[1]%d.png", "-q.png", "ü\\n.png"]:
            with self.subTest(name=name):
                self.assertEqual(self.texts(self.write(content, name)), [(1, "here")])
        self.assertFalse((FOLDER / "harm").exists())

    def test_refuses_what_is_no_image(self):
        self.assertEqual(self.refusal(self.write(b"push graphic-context\nimage over 0,0 0,0 'x'\n", "a.mvg")), -31990)
        self.assertEqual(self.refusal(self.write(b"")), -31990)
        self.assertEqual(self.refusal(self.write(b"%PDF-1.4\nnothing")), -31990)
        self.assertEqual(self.refusal(self.folder / "none.png"), -31994)
        self.assertEqual(self.refusal(self.folder), -31994)
        self.assertEqual(self.plugin.call("read", {})["error"]["code"], -31994)

    def test_refuses_an_image_that_says_it_is_enormous(self):
        self.assertEqual(self.refusal(self.write(png(modules(b"x"), size=(200_000, 200_000)))), -31990)

    def test_answers_for_every_damaged_image(self):
        content = png(modules(b"damaged"))
        document = pdf([modules(b"damaged")])
        for seed in range(24):
            path = self.write(spoiled([content, document][seed % 2], seed))
            with self.subTest(seed=seed):
                answer = self.plugin.call("read", {"document": path})
                self.assertTrue("result" in answer or answer["error"]["message"], answer)
        self.assertEqual(self.texts(self.write(content)), [(1, "damaged")])

    def test_answers_before_the_deadline_of_a_document_with_too_many_pages(self):
        path = self.write(pdf([modules(b"page %d" % number) for number in range(200)]), "long.pdf")
        answer = self.plugin.call("read", {"document": path, "pages": 200}, deadline=3)
        self.assertEqual(answer["error"]["code"], -31997)

    def test_leaves_nothing_in_the_temporary_folder(self):
        folder = self.folder / "tmp"
        folder.mkdir()
        process = subprocess.Popen(["/bin/sh", "barcode.sh"], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   env={"PATH": "/usr/bin:/bin", "TMPDIR": str(folder)})
        call = b'{"jsonrpc":"2.0","id":1,"method":"tool/call","params":{"name":"read","input":{"document":"%s"}}}\n'
        output, _ = process.communicate(call % os.fsencode(self.write(png(modules(b"x")))))
        self.assertIn(b'"text":"x"', output)
        self.assertEqual(list(folder.iterdir()), [])

    def test_speaks_the_protocol(self):
        self.assertEqual(self.plugin.greeting["result"], {"name": "barcode", "version": "1.0.0", "hooks": [], "tools": ["read"]})
        self.assertEqual(self.plugin.ask("ping")["result"], {})
        self.assertEqual(self.plugin.ask("nonsense")["error"]["code"], -32601)
        self.assertEqual(self.plugin.call("nonsense", {})["error"]["code"], -31994)
        self.plugin.notify("cancel", {"id": 1})
        self.assertEqual(self.plugin.ask("shutdown")["result"], {})
        self.assertEqual(self.plugin.end(), 0)

    def test_refuses_another_protocol_and_names_both(self):
        with Plugin(*COMMAND, protocol=None) as plugin:
            error = plugin.ask("initialize", {"protocol": "cloister/2"})["error"]
        self.assertEqual(error["code"], -31989)
        self.assertIn("cloister/2", error["message"])


if __name__ == "__main__":
    unittest.main()
