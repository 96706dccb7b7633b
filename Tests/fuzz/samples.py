"""Good files of every kind that the plugins read, none larger than a few hundred kilobytes."""

import struct
import subprocess
import zlib
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
MATERIAL = TOP / ".build" / "material"
VIRUSES = Path("/usr/share/clamav-testfiles")
LARGEST = 400_000

TEXT = """Invoice No. INV-2024-0815            Invoice date: 12 March 2024
Name: Ada Lovelace                   Due date: 11 April 2024
Mail: ada@example.org                Tel.: +44 20 7946 0018

Description          Qty     Unit price      Amount
Analytical engine      2         £50.00     £100.00
                         Subtotal   £100.00
                         VAT 20%     £20.00
                         Total due  £120.00
IBAN: GB82 WEST 1234 5698 7654 32    Card 4111 1111 1111 1111
Sehr geehrte Frau Noether, die Fähre verlässt den Hafen um sieben Uhr morgens.
"""


class Sample:
    def __init__(self, kind, name, data):
        self.kind, self.name, self.data = kind, name, data


def samples(work):
    """At least one of every kind; what has to be made is made in the folder `work`."""
    found = []
    images = [path for path in sorted((MATERIAL / "images").glob("*.jpg")) if 0 < path.stat().st_size <= LARGEST]
    found += [Sample("jpeg", path.name, path.read_bytes()) for path in images if path.read_bytes()[:2] == b"\xff\xd8"]
    found += [Sample("pdf", path.name, path.read_bytes()) for path in sorted((MATERIAL / "documents").glob("*.pdf"))
              if path.stat().st_size <= LARGEST]
    small = work / "small.png"
    run("vipsthumbnail", images[0], "--size", "240x240", "-o", small)
    for suffix, options in [("png", ""), ("tif", "[compression=lzw]"), ("tiff", "[tile]"), ("webp", "[Q=80]"), ("gif", "")]:
        path = work / f"made.{suffix}"
        try:
            run("vips", "copy", small, f"{path}{options}")
        except subprocess.CalledProcessError:
            continue  # a libvips that was built without it
        kind = {"tif": "tiff"}.get(suffix, suffix)
        found.append(Sample(kind, path.name, path.read_bytes()))
    code = work / "code.png"
    run("qrencode", "-o", code, "https://example.org/?text=Grüße")
    found.append(Sample("png", "code.png", code.read_bytes()))
    found.append(Sample("png", "grey.png", grey_png()))
    found += [Sample("text", f"text.{name}", TEXT.encode(name)) for name in ("utf-8", "utf-16", "latin-1")]
    found.append(Sample("text", "page.html", f"<!DOCTYPE html><html><body><p>{TEXT}</p></body></html>".encode()))
    found += [Sample("pe" if path.suffix == ".exe" else "zip", path.name, path.read_bytes()) for path in sorted(VIRUSES.iterdir())
              if path.suffix in (".exe", ".zip") and path.stat().st_size <= LARGEST]
    kinds = {sample.kind for sample in found}
    missing = {"jpeg", "png", "pdf", "tiff", "webp", "text", "pe", "zip"} - kinds
    if missing:
        raise SystemExit(f"fuzz: no {', '.join(sorted(missing))} to damage: make material test-packages")
    return found


def run(*command):
    subprocess.run([str(word) for word in command], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def grey_png():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    pixels = b"".join(b"\0" + bytes((x * y) & 255 for x in range(64)) for y in range(64))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0)) + chunk(b"tEXt", b"Author\0Ada") + chunk(
        b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
