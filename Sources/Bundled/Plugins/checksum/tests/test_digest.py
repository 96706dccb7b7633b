import bz2
import gzip
import hashlib
import io
import lzma
import os
import sqlite3
import struct
import sys
import tarfile
import tempfile
import threading
import time
import unittest
import wave
import zipfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(FOLDER.parent / "tests"))
sys.dont_write_bytecode = True
from plugin import CHECKOUT, Plugin, material, spoiled  # noqa: E402


def program():
    """CLOISTER_CHECKSUM, or what was built last."""
    if named := os.environ.get("CLOISTER_CHECKSUM"):
        return named
    built = [path for kind in ["release", "debug"] if (path := CHECKOUT / ".build" / kind / "checksum").exists()]
    if not built:
        raise FileNotFoundError("checksum is not built: run make release")
    return str(max(built, key=lambda path: path.stat().st_mtime))


COMMAND = [FOLDER, [program()]]
OPEN_XML = "application/vnd.openxmlformats-officedocument."
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."


def archive(*names, first=None, comment=b""):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        if first:
            made.writestr(zipfile.ZipInfo("mimetype"), first)
        for name in names:
            made.writestr(name, "content " * 100)
        made.comment = comment
    return buffer.getvalue()


def tar():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        made.addfile(tarfile.TarInfo("name"), None)
    return buffer.getvalue()


def sound():
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(8000)
        made.writeframes(b"\0\0" * 100)
    return buffer.getvalue()


def database():
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(f"{folder}/x.db")
        connection.execute("create table t (x)")
        connection.close()
        return Path(f"{folder}/x.db").read_bytes()


def compound(*names, sector=0):
    """A compound file whose directory is in one sector."""
    head = bytearray(512)
    head[:8] = bytes.fromhex("d0cf11e0a1b11ae1")
    struct.pack_into("<H", head, 30, 9)
    struct.pack_into("<I", head, 48, sector)
    struct.pack_into("<109I", head, 76, 1, *[0xFFFFFFFF] * 108)
    entries = b""
    for name in ["Root Entry", *names][:4]:
        text = name.encode("utf-16-le") + b"\0\0"
        entries += text.ljust(64, b"\0") + struct.pack("<H", len(text)) + bytes(62)
    return bytes(head) + entries.ljust(512, b"\0") + struct.pack("<128I", 0xFFFFFFFE, *[0xFFFFFFFF] * 127)


def box(major, *compatible):
    brands = major + b"\0\0\0\0" + b"".join(compatible)
    return struct.pack(">I", 8 + len(brands)) + b"ftyp" + brands + bytes(64)


def ogg(packet):
    return b"OggS\0\2" + bytes(20) + b"\1" + bytes([len(packet)]) + packet


def elf(kind, order="<"):
    return b"\x7fELF\2" + (b"\1" if order == "<" else b"\2") + bytes(10) + struct.pack(order + "H", kind) + bytes(40)


CASES = {
    "PNG": (b"\x89PNG\r\n\x1a\n" + bytes(20), "image/png"),
    "JPEG": (b"\xff\xd8\xff\xe0" + bytes(20), "image/jpeg"),
    "GIF 87": (b"GIF87a" + bytes(9), "image/gif"),
    "GIF 89": (b"GIF89a" + bytes(9), "image/gif"),
    "TIFF, little": (b"II*\0\x08\0\0\0", "image/tiff"),
    "TIFF, big": (b"MM\0*\0\0\0\x08", "image/tiff"),
    "BigTIFF": (b"II+\0\x08\0\0\0" + bytes(8), "image/tiff"),
    "CR2": (b"II*\0\x10\0\0\0CR\x02\0", "image/x-canon-cr2"),
    "WebP": (b"RIFF\x24\0\0\0WEBPVP8 " + bytes(20), "image/webp"),
    "HEIC": (box(b"heic", b"mif1", b"heic"), "image/heic"),
    "HEIC behind mif1": (box(b"mif1", b"mif1", b"heic"), "image/heic"),
    "AVIF": (box(b"avif", b"mif1"), "image/avif"),
    "AVIF behind mif1": (box(b"mif1", b"avif", b"miaf"), "image/avif"),
    "HEIF": (box(b"mif1", b"mif1"), "image/heif"),
    "CR3": (box(b"crx "), "image/x-canon-cr3"),
    "JPEG XL": (b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    "JPEG 2000": (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(20), "image/jp2"),
    "BMP": (b"BM" + bytes(12) + struct.pack("<I", 40) + bytes(40), "image/bmp"),
    "icon": (b"\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0" + struct.pack("<II", 100, 22) + bytes(100), "image/vnd.microsoft.icon"),
    "PSD": (b"8BPS\0\1" + bytes(20), "image/vnd.adobe.photoshop"),
    "XCF": (b"gimp xcf v011\0", "image/x-xcf"),
    "OpenEXR": (b"v/1\x01\2\0\0\0", "image/aces"),
    "Radiance": (b"#?RADIANCE\n", "image/vnd.radiance"),
    "DjVu": (b"AT&TFORM\0\0\0\0DJVU", "image/vnd.djvu"),
    "PPM": (b"P6\n2 2\n255\n" + bytes(12), "image/x-portable-pixmap"),
    "PGM": (b"P5 # comment\n2 2\n255\n" + bytes(4), "image/x-portable-graymap"),
    "SVG": (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml; charset=us-ascii"),
    "SVG without a declaration": (b"<svg></svg>", "image/svg+xml; charset=us-ascii"),
    "MP4": (box(b"isom", b"mp41"), "video/mp4"),
    "M4A": (box(b"M4A "), "audio/mp4"),
    "QuickTime": (box(b"qt  "), "video/quicktime"),
    "QuickTime without a brand": (struct.pack(">I", 32) + b"moov" + bytes(24), "video/quicktime"),
    "3GPP": (box(b"3gp5"), "video/3gpp"),
    "WebM": (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm" + bytes(40), "video/webm"),
    "Matroska": (b"\x1aE\xdf\xa3\xa3B\x86\x81\x01B\x82\x88matroska" + bytes(40), "video/matroska"),
    "AVI": (b"RIFF\x24\0\0\0AVI LIST", "video/x-msvideo"),
    "MPEG": (b"\0\0\1\xba" + bytes(10), "video/mpeg"),
    "transport stream": ((b"G" + bytes(187)) * 5, "video/mp2t"),
    "Flash video": (b"FLV\1\5" + bytes(8), "video/x-flv"),
    "ASF": (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "video/x-ms-asf"),
    "WAV": (sound(), "audio/wav"),
    "FLAC": (b"fLaC\0\0\0\x22" + bytes(34), "audio/flac"),
    "Vorbis": (ogg(b"\x01vorbis" + bytes(22)), "audio/ogg"),
    "Opus": (ogg(b"OpusHead" + bytes(11)), "audio/ogg"),
    "Theora": (ogg(b"\x80theora" + bytes(30)), "video/ogg"),
    "MP3 with a tag": (b"ID3\3\0" + bytes(20), "audio/mpeg"),
    "MP3 without a tag": ((b"\xff\xfb\x90\x00" + bytes(413)) * 2, "audio/mpeg"),
    "AAC": ((b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(9)) * 2, "audio/aac"),
    "AIFF": (b"FORM\0\0\0\0AIFFCOMM", "audio/aiff"),
    "MIDI": (b"MThd\0\0\0\x06" + bytes(6), "audio/midi"),
    "AMR": (b"#!AMR\n<", "audio/AMR"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf"),
    "PDF behind other bytes": (b"\0" * 500 + b"%PDF-1.4\n", "application/pdf"),
    "PostScript": (b"%!PS-Adobe-3.0\n", "application/postscript"),
    "RTF": (b"{\\rtf1\\ansi }", "application/rtf"),
    "Word": (compound("WordDocument"), "application/msword"),
    "Excel": (compound("Workbook"), "application/vnd.ms-excel"),
    "PowerPoint": (compound("PowerPoint Document"), "application/vnd.ms-powerpoint"),
    "compound file": (compound("Unheard"), "application/x-ole-storage"),
    "DOCX": (archive("[Content_Types].xml", "_rels/.rels", "word/document.xml"), OPEN_XML + "wordprocessingml.document"),
    "XLSX": (archive("[Content_Types].xml", "xl/workbook.xml"), OPEN_XML + "spreadsheetml.sheet"),
    "PPTX": (archive("[Content_Types].xml", "ppt/presentation.xml"), OPEN_XML + "presentationml.presentation"),
    "DOCM": (archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
             "application/vnd.ms-word.document.macroEnabled.12"),
    "DOCX with a comment": (archive("[Content_Types].xml", "word/document.xml", comment=b"PK\5\6" * 9),
                            OPEN_XML + "wordprocessingml.document"),
    "ODT": (archive("content.xml", first=OPEN_DOCUMENT + "text"), OPEN_DOCUMENT + "text"),
    "ODS": (archive("content.xml", first=OPEN_DOCUMENT + "spreadsheet"), OPEN_DOCUMENT + "spreadsheet"),
    "EPUB": (archive("META-INF/container.xml", first="application/epub+zip"), "application/epub+zip"),
    "JAR": (archive("META-INF/MANIFEST.MF", "A.class"), "application/java-archive"),
    "APK": (archive("AndroidManifest.xml", "classes.dex", "META-INF/MANIFEST.MF"), "application/vnd.android.package-archive"),
    "ZIP": (archive("a", "b"), "application/zip"),
    "ZIP with a false declaration": (archive("a", first="text/html"), "application/zip"),
    "empty ZIP": (archive(), "application/zip"),
    "gzip": (gzip.compress(b"x"), "application/gzip"),
    "bzip2": (bz2.compress(b"x"), "application/x-bzip2"),
    "empty bzip2": (bz2.compress(b""), "application/x-bzip2"),
    "xz": (lzma.compress(b"x"), "application/x-xz"),
    "zstd": (b"(\xb5/\xfd\x04\0", "application/zstd"),
    "lz4": (b"\x04\"M\x18@@", "application/x-lz4"),
    "7z": (b"7z\xbc\xaf'\x1c\0\4", "application/x-7z-compressed"),
    "RAR": (b"Rar!\x1a\x07\1\0", "application/vnd.rar"),
    "tar": (tar(), "application/x-tar"),
    "cpio": (b"070701" + b"0" * 100, "application/x-cpio"),
    "Debian package": (b"!<arch>\ndebian-binary   ", "application/vnd.debian.binary-package"),
    "static library": (b"!<arch>\n/               ", "application/x-archive"),
    "RPM": (b"\xed\xab\xee\xdb\3\0", "application/x-rpm"),
    "CAB": (b"MSCF\0\0\0\0", "application/vnd.ms-cab-compressed"),
    "ISO 9660": (bytes(32768) + b"\1CD001\1\0", "application/x-iso9660-image"),
    "ELF program": (elf(2), "application/x-executable"),
    "ELF object": (elf(1), "application/x-object"),
    "ELF program, big-endian": (elf(2, ">"), "application/x-executable"),
    "ELF core": (elf(4), "application/x-coredump"),
    "PE": (b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(20), "application/vnd.microsoft.portable-executable"),
    "Mach-O": (b"\xcf\xfa\xed\xfe" + bytes(28), "application/x-mach-binary"),
    "universal Mach-O": (b"\xca\xfe\xba\xbe\0\0\0\2", "application/x-mach-binary"),
    "Java class": (b"\xca\xfe\xba\xbe\0\0\0\x41", "application/java-vm"),
    "WebAssembly": (b"\0asm\1\0\0\0", "application/wasm"),
    "WOFF": (b"wOFF\0\1\0\0", "font/woff"),
    "WOFF2": (b"wOF2\0\1\0\0", "font/woff2"),
    "TrueType": (b"\0\1\0\0\0\x10", "font/ttf"),
    "OpenType": (b"OTTO\0\x10", "font/otf"),
    "SQLite": (database(), "application/vnd.sqlite3"),
    "Parquet": (b"PAR1\x15\4", "application/vnd.apache.parquet"),
    "Avro": (b"Obj\x01\4", "application/x-avro"),
    "HDF5": (b"\x89HDF\r\n\x1a\n", "application/x-hdf5"),
    "pcap": (b"\xd4\xc3\xb2\xa1\2\0", "application/vnd.tcpdump.pcap"),
    "NumPy": (b"\x93NUMPY\1\0", "application/x-numpy"),
    "DICOM": (bytes(128) + b"DICM", "application/dicom"),
    "glTF": (b"glTF\2\0\0\0", "model/gltf-binary"),
    "nothing": (b"", "text/plain; charset=us-ascii"),
    "ASCII": (b"hello\tworld\r\n", "text/plain; charset=us-ascii"),
    "UTF-8": ("größe ☃ 🖨".encode(), "text/plain; charset=utf-8"),
    "UTF-8 with a mark": ("\ufeffhello".encode(), "text/plain; charset=utf-8"),
    "UTF-16": ("\ufeffhello".encode("utf-16-le"), "text/plain; charset=utf-16le"),
    "UTF-16, big": ("\ufeffhello".encode("utf-16-be"), "text/plain; charset=utf-16be"),
    "ISO 8859-1": ("größe".encode("latin-1"), "text/plain; charset=iso-8859-1"),
    "cut UTF-8": ("größe ☃".encode()[:-1], "application/octet-stream"),
    "overlong UTF-8": (b"\xc0\x80", "application/octet-stream"),
    "surrogates in UTF-8": (b"\xed\xa0\x80", "application/octet-stream"),
    "zeros": (bytes(100), "application/octet-stream"),
    "noise": (bytes(range(256)), "application/octet-stream"),
    "JSON": (b' {"a": [1, 2]}\n', "application/json; charset=us-ascii"),
    "JSON array": (b'[{"a": "\xc3\xa9"}]', "application/json; charset=utf-8"),
    "prose in brackets": (b"[sic] and {so} on", "text/plain; charset=us-ascii"),
    "HTML": (b"<!DOCTYPE html>\n<title>x</title>", "text/html; charset=us-ascii"),
    "XML": (b'<?xml version="1.0"?><a/>', "application/xml; charset=us-ascii"),
    "shell script": (b"#!/bin/sh\necho\n", "text/x-shellscript; charset=us-ascii"),
    "Python script": (b"#!/usr/bin/env python3\n", "text/x-python; charset=us-ascii"),
    "PEM": (b"-----BEGIN CERTIFICATE-----\n", "application/x-pem-file; charset=us-ascii"),
    "calendar": (b"BEGIN:VCALENDAR\r\n", "text/calendar; charset=us-ascii"),
    "text that becomes binary late": (b"a" * 3_000_000 + b"\0", "application/octet-stream"),
    "a letter over the end of a piece": (b"a" * ((1 << 20) - 1) + "é".encode(), "text/plain; charset=utf-8"),
}


class DigestTests(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.plugin = self.enterContext(Plugin(*COMMAND))

    def digest(self, document):
        answer = self.plugin.call("digest", {"document": str(document)})
        self.assertIn("result", answer, answer)
        return answer["result"]["output"]

    def refusal(self, values):
        answer = self.plugin.call("digest", values)
        self.assertIn("error", answer, answer)
        return answer["error"]["code"]

    def test_knows_formats_by_their_content(self):
        path = self.folder / "document"
        for name, (content, kind) in CASES.items():
            with self.subTest(name):
                path.write_bytes(content)
                self.assertEqual(self.digest(path),
                                 {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "mediaType": kind})

    def test_knows_real_documents(self):
        kinds = {"*.jpg": "image/jpeg", "*.tif": "image/tiff", "*.pdf": "application/pdf"}
        for pattern, kind in kinds.items():
            for path in material(pattern):
                with self.subTest(path.name):
                    output = self.digest(path)
                    self.assertEqual(output["sha256"], hashlib.sha256(path.read_bytes()).hexdigest())
                    self.assertEqual(output["mediaType"], kind if path.stat().st_size else "text/plain; charset=us-ascii")
        self.assertEqual(self.digest("/usr/bin/python3")["mediaType"], "application/x-executable")
        self.assertEqual(self.digest("/etc/passwd")["mediaType"], "text/plain; charset=us-ascii")

    def test_hashes_sizes_round_its_pieces(self):
        path = self.folder / "document"
        for size in [1, 63, 64, 65, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20]:
            content = os.urandom(size)
            path.write_bytes(content)
            with self.subTest(size):
                self.assertEqual(self.digest(path)["sha256"], hashlib.sha256(content).hexdigest())

    def test_answers_about_truncated_and_mutated_documents(self):
        path = self.folder / "document"
        contents = [content for content, _ in CASES.values() if 0 < len(content) < 100_000]
        contents += [path.read_bytes() for path in material("*.jpg")[:3] if path.stat().st_size]
        for index, content in enumerate(contents):
            for seed in range(24):
                changed = spoiled(content, seed * 1000 + index)
                path.write_bytes(changed)
                with self.subTest(index=index, seed=seed):
                    output = self.digest(path)
                    self.assertEqual((output["sha256"], output["size"]), (hashlib.sha256(changed).hexdigest(), len(changed)))
                    self.assertRegex(output["mediaType"], r"\A[a-z]+/[A-Za-z0-9.+-]+(; charset=[a-z0-9-]+)?\Z")

    def test_is_not_caught_by_directories_that_lead_round_in_circles(self):
        path = self.folder / "document"
        circle = bytearray(compound("Unheard"))
        struct.pack_into("<I", circle, 1024, 0)
        far = compound("Unheard", sector=0xFFFFFFF0)
        lying = bytearray(archive("a"))
        struct.pack_into("<II", lying, len(lying) - 10, 0xFFFFFFFF, 0xFFFFFFFF)
        for content, kind in [(bytes(circle), "application/x-ole-storage"), (far, "application/x-ole-storage"),
                              (bytes(lying), "application/zip"), (b"\x1aE\xdf\xa3", "application/octet-stream"),
                              (b"\xff\xfb\0", "application/octet-stream"),
                              (struct.pack(">I", 0xFFFFFFFF) + b"free\0", "application/octet-stream"),
                              (b"MZ" + bytes(58) + b"\xff\xff\xff\xff", "application/octet-stream")]:
            path.write_bytes(content)
            with self.subTest(content[:8]):
                self.assertEqual(self.digest(path)["mediaType"], kind)

    def test_reads_documents_whatever_their_names_are(self):
        for name in ["-", "line\nfeed", "quo\"te\\", "ÄÖ☃🖨", "a" * 250, "\x01\x1f\x7f", " "]:
            (self.folder / name).write_bytes(b"x")
            with self.subTest(name):
                self.assertEqual(self.digest(self.folder / name)["size"], 1)

    def test_refuses_what_is_no_readable_document(self):
        os.mkfifo(self.folder / "fifo")
        for document, code in [("/nonexistent", -31994), ("/etc/passwd/x", -31994), (str(self.folder), -32602),
                               (str(self.folder / "fifo"), -32602), ("/dev/zero", -32602), ("relative", -32602), (7, -32602),
                               (None, -32602), ("/a\0b", -32602), ("/" + "x" * 300, -31990)]:
            with self.subTest(document):
                self.assertEqual(self.refusal({"document": document}), code)
        self.assertEqual(self.refusal({}), -32602)
        self.assertEqual(self.refusal([]), -32602)

    def test_ends_a_call_that_is_cancelled_or_late(self):
        path = self.folder / "sparse"
        with path.open("wb") as file:
            file.truncate(64 << 30)
        number = self.plugin.start_call("digest", {"document": str(path)})
        time.sleep(0.2)
        self.assertEqual(self.plugin.ask("ping")["result"], {})
        self.plugin.notify("cancel", {"id": number})
        self.assertEqual(self.plugin.receive(2)["error"]["code"], -31996)
        self.assertEqual(self.plugin.call("digest", {"document": str(path)}, deadline=0.5)["error"]["code"], -31997)
        self.plugin.start_call("digest", {"document": str(path)})
        self.assertEqual(self.plugin.end(), 0)


class ProtocolTests(unittest.TestCase):
    def setUp(self):
        self.plugin = self.enterContext(Plugin(*COMMAND))

    def test_introduces_itself(self):
        self.assertEqual(self.plugin.greeting["result"], {"name": "checksum", "version": "1.0.0", "hooks": [], "tools": ["digest"]})
        with Plugin(*COMMAND, protocol="cloister/2") as plugin:
            self.assertEqual(plugin.greeting["error"]["code"], -31989)

    def test_answers_what_it_does_not_understand(self):
        self.assertEqual(self.plugin.ask("nonsense")["error"]["code"], -32601)
        self.assertEqual(self.plugin.call("nonsense", {})["error"]["code"], -31994)
        lines = [b"not json", b"{", b"{}x", b'{"a":01}', b'{"a":1.}', b'{"a":"\x01"}', b'{"a":"\xff"}', b'{"a":"\\x"}', b"[1,]", b"nul", b"",
                 b"[" * 100_000, b'{"a":' * 100_000, b'{"a":-}', b'"\\ud800\\u"', b'{"a" 1}', b'{1:2}']
        # The host counts an error that names no request as a strike, so these are passed over.
        lines += [b"[]", b"1", b'"text"', b'{"id":1.5,"method":"ping"}', b'{"id":null,"method":"ping"}', b'{"id":{},"method":"ping"}']
        for line in lines:
            with self.subTest(line[:20]):
                self.plugin.write(line + b"\n")
                self.assertEqual(self.plugin.ask("ping")["result"], {})
        self.assertEqual(self.plugin.call("digest", 1)["error"]["code"], -32602)

    def test_reads_every_way_to_write_a_message(self):
        self.plugin.write(b'\r \t{ "method":"pi\\u006eg" , "id" : "a\\"\\ud83d\\ude00\\n", "x":[1e5,-0.5E-2,true,false,null,{}] } \r\n')
        self.assertEqual(self.plugin.receive(), {"jsonrpc": "2.0", "id": 'a"\U0001f600\n', "result": {}})
        for byte in b'{"jsonrpc":"2.0","id":-7,"method":"ping"}\n':
            self.plugin.write(bytes([byte]))
        self.assertEqual(self.plugin.receive()["id"], -7)

    def test_takes_any_deadline(self):
        for deadline in ["9223372036854775807", "1e99", "-1", "0", '"soon"', "null", "99999999999999999999"]:
            with self.subTest(deadline):
                parameters = f'{{"name":"digest","input":{{"document":"/nonexistent"}},"deadlineMs":{deadline}}}'
                self.plugin.write(b'{"id":1,"method":"tool/call","params":%s}\n' % parameters.encode())
                self.assertIn(self.plugin.receive()["error"]["code"], [-31994, -31997])

    def test_passes_over_notifications_and_answers(self):
        self.plugin.notify("cancel", {"id": 99})
        self.plugin.notify("unheard", {})
        self.plugin.write(b'{"jsonrpc":"2.0","id":5,"result":{}}\n')
        self.assertEqual(self.plugin.ask("configuration/changed")["result"], {})

    def test_answers_many_calls_that_are_sent_at_once(self):
        sender = threading.Thread(target=lambda: [self.plugin.start_call("digest", {"document": "/etc/passwd"}) for _ in range(1000)])
        sender.start()
        answers = [self.plugin.receive() for _ in range(1000)]
        sender.join()
        self.assertEqual(len({answer["id"] for answer in answers}), 1000)
        self.assertTrue(all("result" in answer for answer in answers))

    def test_answers_shutdown_after_the_calls_in_flight(self):
        calls = [self.plugin.start_call("digest", {"document": "/usr/bin/python3"}) for _ in range(8)]
        shutdown = self.plugin.send("shutdown")
        answers = [self.plugin.receive()["id"] for _ in range(9)]
        self.assertEqual((sorted(answers[:8]), answers[8]), (calls, shutdown))
        self.assertEqual(self.plugin.end(), 0)


if __name__ == "__main__":
    unittest.main()
