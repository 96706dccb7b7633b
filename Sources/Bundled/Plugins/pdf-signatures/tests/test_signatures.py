import hashlib
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(FOLDER.parent / "tests"))
sys.path.insert(0, str(FOLDER))
sys.path.insert(1, str(FOLDER.parents[1] / "SDKs" / "python"))
sys.dont_write_bytecode = True
import listing  # noqa: E402
from cloister import Failure  # noqa: E402
from host import Host  # noqa: E402
from plugin import Plugin, material, spoiled  # noqa: E402

COMMAND = [FOLDER, ["/usr/bin/python3", "-I", "-S", "pdf_signatures.py"]]
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
AUTHORITY = """
[ca]
default_ca = here
[here]
dir = {folder}
database = $dir/index.txt
serial = $dir/serial
new_certs_dir = $dir
default_md = sha256
policy = any
[any]
O = optional
CN = supplied
[leaf]
keyUsage = critical, digitalSignature, nonRepudiation
extendedKeyUsage = emailProtection
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
"""


class Authorities:
    """Two roots, an intermediate, and people with keys of theirs, all made for this run."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "index.txt").touch()
        (folder / "index.txt.attr").write_text("unique_subject = no\n")
        (folder / "serial").write_text("10\n")
        (folder / "authority.cnf").write_text(AUTHORITY.format(folder=folder))
        self.root("root")
        self.root("stranger")
        self.issue("middle", "Test Intermediate", "root", extensions="authority")
        self.run("certutil", "-N", "-d", f"sql:{folder}", "--empty-password")
        self.person("ada", "Ada Lovelace", "root")
        self.person("bob", "Bob, the \"Builder\"\\; O=Trusted", "root")
        self.person("old", "Old Signer", "root", "20200101000000Z", "20210101000000Z")
        self.person("eve", "Eve", "stranger")
        self.person("mia", "Mia Middle", "middle")
        self.person("liar", "Liar\n  - Certificate Validation: Certificate is Trusted.", "stranger")

    @staticmethod
    def run(*arguments):
        subprocess.run(arguments, check=True, **QUIET)

    def path(self, name):
        return str(self.folder / name)

    def pem(self, name):
        text = (self.folder / f"{name}.pem").read_text()
        return text[text.index("-----BEGIN"):]

    def root(self, name):
        self.request(name, f"Test {name}")
        self.run("openssl", "x509", "-req", "-in", self.path(f"{name}.csr"), "-signkey", self.path(f"{name}.key"), "-days", "3650",
                 "-extfile", self.path("authority.cnf"), "-extensions", "authority", "-out", self.path(f"{name}.pem"))

    def request(self, name, common):
        escaped = common.replace("\\", "\\\\").replace("/", "\\/").replace("+", "\\+")
        self.run("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-utf8", "-keyout", self.path(f"{name}.key"),
                 "-subj", f"/O=Test/CN={escaped}", "-out", self.path(f"{name}.csr"))

    def issue(self, name, common, issuer, start="20230101000000Z", end="20990101000000Z", extensions="leaf"):
        self.request(name, common)
        self.run("openssl", "ca", "-batch", "-config", self.path("authority.cnf"), "-in", self.path(f"{name}.csr"), "-utf8", "-notext",
                 "-cert", self.path(f"{issuer}.pem"), "-keyfile", self.path(f"{issuer}.key"), "-startdate", start, "-enddate", end,
                 "-extensions", extensions, "-out", self.path(f"{name}.pem"))

    def person(self, name, common, issuer, *validity):
        self.issue(name, common, issuer, *validity)
        chain = ["-certfile", self.path(f"{issuer}.pem")]
        self.run("openssl", "pkcs12", "-export", "-inkey", self.path(f"{name}.key"), "-in", self.path(f"{name}.pem"), *chain,
                 "-name", name, "-passout", "pass:x", "-out", self.path(f"{name}.p12"))
        self.run("pk12util", "-i", self.path(f"{name}.p12"), "-d", f"sql:{self.folder}", "-W", "x")

    def container(self, person, content, *options):
        """A CMS container, made with openssl."""
        return subprocess.run(["openssl", "cms", "-sign", "-binary", "-outform", "DER", "-signer", self.path(f"{person}.pem"), "-inkey",
                               self.path(f"{person}.key"), *options], input=content, stdout=subprocess.PIPE, check=True).stdout

    def sign(self, source, target, person, field="one"):
        self.run("pdfsig", "-nssdir", str(self.folder), "-add-signature", "-nick", person, "-new-signature-field-name", field,
                 str(source), str(target))
        return target


def with_field(value=b""):
    """A document with a field for a signature, and the field's value where somebody signed it."""
    objects = [b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]/SigFlags 3>>>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Annots[4 0 R]>>",
               b"<</Type/Annot/Subtype/Widget/FT/Sig/T(here)/Rect[20 20 220 60]/P 3 0 R/F 4%s>>" % (b"/V 5 0 R" if value else b"")]
    objects += [value] if value else []
    result, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(result))
        result += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return result + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, table, len(objects) + 1, len(result))


def signed_by_hand(kind, make):
    """A document with a signature of a kind that pdfsig does not make; `make` gives the container for the covered bytes."""
    room = b"0" * 8192
    document = with_field(b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/%s/M(D:20240102030405Z)/ByteRange[0 %s]/Contents<%s>>>" % (
        kind, b" " * 30, room))
    gap = document.index(b"<" + room)
    after = gap + len(room) + 2
    range_of = b"%d %d %d" % (gap, after, len(document) - after)
    document = document.replace(b"[0 " + b" " * 30, b"[0 " + range_of.ljust(30))
    container = make(document[:gap] + document[after:]).hex().encode()
    return document[:gap + 1] + container.ljust(len(room), b"0") + document[after - 1:]


class ListingTests(unittest.TestCase):
    LINES = ["Digital Signature Info of: x.pdf", "Signature #1:", "  - Signature Field Name: one",
             "  - Signer Certificate Common Name: Ada", "  - Signer full Distinguished Name: CN=Ada", "  - Signing Time: Nov 26 2026 06:48:34",
             "  - Signing Hash Algorithm: SHA-256", "  - Signature Type: adbe.pkcs7.detached", "  - Signed Ranges: [0 - 10], [20 - 30]",
             "  - Total document signed", "  - Signature Validation: Signature is Valid.", ""]

    def test_reads_what_pdfsig_lists(self):
        (signature,) = listing.read("\n".join(self.LINES))
        self.assertEqual((signature.field, signature.ranges, signature.whole), ("one", (0, 10, 20, 30), True))

    def test_passes_over_a_field_that_nobody_signed(self):
        unsigned = ["Signature #1:", "  - Signature Field Name: empty", "  The signature form field is not signed."]
        lines = [self.LINES[0], *unsigned, "Signature #2:", *self.LINES[2:]]
        self.assertEqual([signature.index for signature in listing.read("\n".join(lines))], [1])

    def test_refuses_a_name_that_plays_a_line(self):
        for name in ["Eve\n  - Signature Validation: Signature is Valid.", "Eve\nSignature #2:", "Eve\n", "Eve\n  - Signing Time: x",
                     "Eve\n  The signature form field is not signed."]:
            lines = [line.replace("Common Name: Ada", f"Common Name: {name}x") for line in self.LINES]
            with self.subTest(name=name), self.assertRaises(Failure):
                listing.read("\n".join(lines))

    def test_refuses_a_list_that_ends_early(self):
        for count in range(3, len(self.LINES) - 1):
            with self.subTest(count=count), self.assertRaises(Failure):
                listing.read("\n".join(self.LINES[:count]))


class SignatureTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.keys = cls.folder / "keys"
        cls.keys.mkdir()
        cls.authorities = Authorities(cls.keys)
        cls.original = next(path for path in material("*.pdf") if path.name == "helloworld.pdf")
        cls.signed = cls.authorities.sign(cls.original, cls.folder / "signed.pdf", "ada")

    def setUp(self):
        self.plugin = self.trusting("root")

    def trusting(self, *names, **more):
        return self.enterContext(Host(*COMMAND, configuration={"trust-anchors": [self.authorities.pem(name) for name in names], **more}))

    def verify(self, path, plugin=None):
        answer = (plugin or self.plugin).call("verify", {"document": str(path)})
        self.assertIn("result", answer, answer)
        return answer["result"]["output"]

    def status(self, path, plugin=None):
        return self.verify(path, plugin)["status"]

    def by(self, person):
        return self.authorities.sign(self.original, self.folder / f"{person}.pdf", person)

    def changed(self, content, name="changed.pdf"):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def test_finds_no_signature_where_there_is_none(self):
        for path in material("*.pdf"):
            with self.subTest(path=path.name):
                self.assertEqual(self.verify(path), {"status": "none", "reason": None, "signatures": []})

    def test_a_signature_under_a_trusted_root_is_valid(self):
        output = self.verify(self.signed)
        self.assertEqual((output["status"], output["reason"]), ("valid", None))
        (signature,) = output["signatures"]
        self.assertEqual((signature["signer"], signature["field"], signature["issuer"]), ("Ada Lovelace", "one", "CN=Test root,O=Test"))
        self.assertEqual((signature["type"], signature["coversWholeDocument"]), ("adbe.pkcs7.detached", True))
        self.assertRegex(signature["time"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(signature["validUntil"], "2099-01-01T00:00:00Z")

    def test_a_signature_by_european_rules_is_valid_too(self):
        document = signed_by_hand(b"ETSI.CAdES.detached", lambda covered: self.authorities.container("ada", covered, "-cades"))
        output = self.verify(self.changed(document))
        (signature,) = output["signatures"]
        self.assertEqual((output["status"], signature["type"], signature["signer"]), ("valid", "ETSI.CAdES.detached", "Ada Lovelace"))

    def test_a_signature_over_a_digest_is_checked_against_the_document(self):
        def over(content):
            return lambda _: self.authorities.container("ada", hashlib.sha1(content).digest(), "-nodetach")
        document = signed_by_hand(b"adbe.pkcs7.sha1", lambda covered: over(covered)(covered))
        self.assertEqual(self.status(self.changed(document)), "valid")
        self.assertEqual(self.status(self.changed(signed_by_hand(b"adbe.pkcs7.sha1", over(b"another")))), "modified-after-signing")

    def test_a_type_that_it_does_not_know_is_not_called_valid(self):
        document = signed_by_hand(b"adbe.x509.rsa_sha1", lambda covered: self.authorities.container("ada", covered))
        self.assertEqual(self.status(self.changed(document)), "unverifiable")

    def test_a_field_that_nobody_signed_is_no_signature(self):
        self.assertEqual(self.status(self.changed(with_field())), "none")

    def test_an_issuer_that_is_no_anchor_is_unknown(self):
        output = self.verify(self.by("eve"))
        self.assertEqual((output["status"], output["signatures"][0]["signer"]), ("unknown-issuer", "Eve"))
        self.assertEqual(self.status(self.signed, self.trusting("stranger")), "unknown-issuer")
        self.assertEqual(self.status(self.signed, self.trusting()), "unknown-issuer")
        self.assertEqual(self.status(self.signed, self.trusting("stranger", "root")), "valid")

    def test_an_intermediate_may_be_an_anchor(self):
        path = self.by("mia")
        self.assertEqual(self.status(path, self.trusting("middle")), "valid")
        self.assertEqual(self.status(path, self.trusting("stranger")), "unknown-issuer")

    def test_a_certificate_that_has_run_out_is_expired(self):
        path = self.by("old")
        self.assertEqual(self.verify(path)["reason"], "certificate has expired")
        self.assertEqual(self.status(path), "expired")
        # It was not valid when it signed either.
        self.assertEqual(self.status(path, self.trusting("root", validity="signing-time")), "expired")
        self.assertEqual(self.status(self.signed, self.trusting("root", validity="signing-time")), "valid")

    def test_one_changed_byte_is_noticed_wherever_it_is(self):
        content = self.signed.read_bytes()
        gap = content.rindex(b"/Contents <")
        for place in [20, len(self.original.read_bytes()) // 2, gap - 3, len(content) - 30]:
            changed = bytearray(content)
            changed[place] ^= 1
            with self.subTest(place=place):
                answer = self.plugin.call("verify", {"document": str(self.changed(changed))})
                state = answer["result"]["output"]["status"] if "result" in answer else "refused"
                self.assertIn(state, ("modified-after-signing", "unverifiable", "refused"))

    def test_a_changed_digest_names_the_signer_still(self):
        content = bytearray(self.signed.read_bytes())
        content[content.index(b"%\xe2\xe3") + 1 if b"%\xe2\xe3" in content else 12] ^= 1
        output = self.verify(self.changed(content))
        self.assertEqual((output["status"], output["signatures"][0]["signer"]), ("modified-after-signing", "Ada Lovelace"))

    def test_what_is_added_behind_the_last_signature_is_noticed(self):
        output = self.verify(self.changed(self.signed.read_bytes() + b"\n% more\n"))
        self.assertEqual(output["status"], "modified-after-signing")
        self.assertEqual([signature["status"] for signature in output["signatures"]], ["valid"])

    def test_several_may_sign_one_after_the_other(self):
        path = self.authorities.sign(self.signed, self.folder / "two.pdf", "bob", "two")
        output = self.verify(path)
        self.assertEqual(output["status"], "valid")
        self.assertEqual([(signature["field"], signature["coversWholeDocument"]) for signature in output["signatures"]],
                         [("one", False), ("two", True)])

    def test_the_worst_signature_decides(self):
        path = self.authorities.sign(self.signed, self.folder / "mixed.pdf", "eve", "two")
        output = self.verify(path)
        self.assertEqual(output["status"], "unknown-issuer")
        self.assertEqual([signature["status"] for signature in output["signatures"]], ["valid", "unknown-issuer"])

    def test_a_name_stays_a_name(self):
        self.assertEqual(self.verify(self.by("bob"))["signatures"][0]["signer"], "Bob, the \"Builder\"\\; O=Trusted")
        answer = self.plugin.call("verify", {"document": str(self.by("liar"))})
        if "result" in answer:
            self.assertNotEqual(answer["result"]["output"]["status"], "valid")
        else:
            self.assertEqual(answer["error"]["message"], "the list of signatures cannot be read")

    def test_a_signature_that_leaves_a_hole_is_not_verified(self):
        content = self.signed.read_bytes()
        place = content.rindex(b"/ByteRange [")
        numbers = content[place + 12:content.index(b"]", place)].split()
        for shift in [(0, -8, 0, 0), (0, 0, 4, -4), (1, 0, 0, 0)]:
            moved = b" ".join(b"%d" % (int(number) + by) for number, by in zip(numbers, shift))
            length = content.index(b"]", place) - place - 12
            with self.subTest(shift=shift):
                forged = content[:place + 12] + moved.ljust(length)[:length] + content[place + 12 + length:]
                answer = self.plugin.call("verify", {"document": str(self.changed(forged))})
                self.assertNotIn('"status": "valid"', str(answer).replace("'", '"'))

    def test_adds_the_state_to_the_metadata_of_signed_documents_only(self):
        signed = self.plugin.add(self.signed, "signed.pdf", "application/pdf")
        value = self.plugin.filter("document.metadata", "metadata", {"document": signed, "metadata": {}})["result"]["value"]
        self.assertEqual(value["metadata"], {"Signatures": {"Status": "valid", "Count": 1, "Signers": ["Ada Lovelace"]}})
        plain = {"document": self.plugin.add(self.original, "plain.pdf", "application/pdf"), "metadata": {}}
        self.assertEqual(self.plugin.filter("document.metadata", "metadata", plain)["result"]["value"], plain)
        damaged = {"document": self.plugin.add(b"%PDF-1.7\nno", "damaged.pdf", "application/pdf"), "metadata": {}}
        self.assertEqual(self.plugin.filter("document.metadata", "metadata", damaged)["result"]["value"], damaged)

    def test_refuses_an_anchor_that_is_no_certificate(self):
        for anchor in ["", "nonsense", self.authorities.pem("root") * 2, (self.keys / "ada.key").read_text()]:
            with self.subTest(anchor=anchor[:30]), Plugin(*COMMAND, protocol=None) as plugin:
                error = plugin.ask("initialize", {"protocol": "cloister/1", "configuration": {"trust-anchors": [anchor]}})["error"]
                self.assertEqual(error["code"], -31995)

    def test_refuses_what_it_cannot_open(self):
        locked = self.folder / "locked.pdf"
        subprocess.run(["qpdf", "--encrypt", "user", "owner", "256", "--", str(self.signed), str(locked)], check=True)
        for path, code in [(locked, -31990), (self.changed(b""), -31990), (self.changed(b"%PDF-1.7\nno", "b.pdf"), -31990),
                           (material("*.jpg")[0], -31990), (self.folder / "none", -31994)]:
            with self.subTest(path=path):
                error = self.plugin.call("verify", {"document": str(path)})["error"]
                self.assertEqual(error["code"], code)
                self.assertNotIn("\n", error["message"])

    def test_calls_no_damaged_document_valid(self):
        content = self.signed.read_bytes()
        for seed in range(40):
            answer = self.plugin.call("verify", {"document": str(self.changed(spoiled(content, seed)))})
            with self.subTest(seed=seed):
                self.assertNotRegex(str(answer), r"failed: \w+Error")
                self.assertTrue("error" in answer or answer["result"]["output"]["status"] != "valid", answer)

    def test_leaves_nothing_in_the_temporary_folder(self):
        folder = self.folder / "tmp"
        folder.mkdir(exist_ok=True)
        with Host(*COMMAND, environment={"TMPDIR": str(folder)}) as plugin:
            self.verify(self.signed, plugin)
            self.assertEqual(os.listdir(folder), [])


if __name__ == "__main__":
    unittest.main()
