import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(FOLDER.parent / "tests"))
sys.path.insert(0, str(FOLDER))
sys.dont_write_bytecode = True
import accounts  # noqa: E402
import rules  # noqa: E402
from host import Host  # noqa: E402
from plugin import MATERIAL, material, spoiled  # noqa: E402

sys.path.append(str(MATERIAL / "python"))
from faker import Faker  # noqa: E402
from reportlab.lib.pagesizes import A4  # noqa: E402
from reportlab.pdfgen import canvas  # noqa: E402

COMMAND = [FOLDER, ["/usr/bin/python3", "-I", "-S", "pii.py"]]
LOCALES = ["en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL", "sv_SE"]


def found(text, kind=None):
    return [(finding.kind, text[finding.start:finding.end]) for finding in rules.find(text) if kind in (None, finding.kind)]


def invented(locale):
    Faker.seed(20240501)
    return Faker(locale)


class RuleTests(unittest.TestCase):
    """The rules against data that a library invented, which knows what it invented."""

    def share_found(self, kind, values, wrap="ref {} end", whole=True):
        hits = 0
        for value in values:
            matches = found(wrap.format(value), kind)
            hits += any(match == value if whole else match in value and 2 * len(match) > len(value) for _, match in matches)
        return hits / len(values)

    def test_finds_every_iban(self):
        for locale in LOCALES:
            fake = invented(locale)
            ibans = [fake.iban() for _ in range(100)]
            grouped = [" ".join(iban[place:place + 4] for place in range(0, len(iban), 4)) for iban in ibans]
            with self.subTest(locale=locale):
                self.assertEqual(self.share_found("iban", ibans), 1)
                self.assertEqual(self.share_found("iban", grouped), 1)

    def test_finds_no_iban_where_one_digit_is_wrong(self):
        fake = invented("de_DE")
        for _ in range(200):
            iban = fake.iban()
            wrong = iban[:9] + str((int(iban[9]) + 1) % 10) + iban[10:]
            self.assertEqual(found(f"IBAN {wrong}.", "iban"), [])

    def test_knows_the_length_of_an_iban_by_its_country(self):
        self.assertEqual(found("GB82WEST12345698765432"), [("iban", "GB82WEST12345698765432")])
        self.assertEqual(found("NO9386011117947"), [("iban", "NO9386011117947")])
        self.assertEqual(found("DE89370400440532013000 1234"), [("iban", "DE89370400440532013000")])
        self.assertEqual(found("DE8937040044053201300012"), [])
        self.assertEqual(found("XX89370400440532013000"), [])

    def test_finds_every_card_of_the_issuers_it_knows(self):
        fake = invented("en_US")
        for issuer in ["visa16", "visa19", "mastercard", "amex", "discover", "diners"]:
            numbers = [fake.credit_card_number(card_type=issuer) for _ in range(100)]
            with self.subTest(issuer=issuer):
                self.assertEqual(self.share_found("card", numbers), 1)
        self.assertEqual(found("4111 1111 1111 1111"), [("card", "4111 1111 1111 1111")])
        self.assertEqual(found("3782-822463-10005"), [("card", "3782-822463-10005")])

    def test_finds_no_card_where_the_check_digit_or_the_issuer_is_wrong(self):
        for text in ["4111 1111 1111 1112", "9111111111111111", "0000000000000000", "4111-1111 1111 1111", "4111111111111111.5",
                     "14111111111111111", "4012888888881"]:
            with self.subTest(text=text):
                self.assertEqual(found(text, "card"), [])

    def test_finds_every_mail_address(self):
        for locale in LOCALES:
            fake = invented(locale)
            with self.subTest(locale=locale):
                self.assertEqual(self.share_found("email", [fake.email() for _ in range(100)]), 1)
        self.assertEqual(found("<ada.l+x@mail.example.co.uk>, jörg@müller.example"), [
            ("email", "ada.l+x@mail.example.co.uk"), ("email", "jörg@müller.example")])
        for text in ["@home", "a@b", "user@", "3 @ 4.50", "x@1.2.3.4", "@@@@a.bc"]:
            with self.subTest(text=text):
                self.assertEqual(found(text), [])

    def test_finds_every_labelled_phone_number_and_most_others(self):
        for locale, least in [("en_US", 0.9), ("en_GB", 0.9), ("de_DE", 0.75), ("es_ES", 0.98), ("sv_SE", 0.97)]:
            fake = invented(locale)
            numbers = [fake.phone_number() for _ in range(300)]
            with self.subTest(locale=locale):
                self.assertGreaterEqual(self.share_found("phone", numbers, "Phone: {}\n", whole=False), 0.99)
                self.assertGreaterEqual(self.share_found("phone", numbers), least)

    def test_finds_the_name_in_a_field(self):
        for locale, least in [("en_US", 0.98), ("en_GB", 0.98), ("fr_FR", 0.98), ("es_ES", 0.98), ("it_IT", 0.97), ("de_DE", 0.9)]:
            fake = invented(locale)
            with self.subTest(locale=locale):
                names = [fake.name() for _ in range(200)]
                self.assertGreaterEqual(self.share_found("name", names, "Name: {}\nCity: Ulm", whole=False), least)

    def test_finds_names_by_title_salutation_and_closing(self):
        for text, name in [
                ("on behalf of Dr. Ada Lovelace and", "Ada Lovelace"), ("für Frau Prof. Dr. Emmy Noether in", "Emmy Noether"),
                ("Dear Grace,\n", "Grace"), ("Sehr geehrter Herr von Weizsäcker,\n", "von Weizsäcker"),
                ("Chère Madame Curie,\n", "Curie"), ("Kind regards,\n\nAlan M. Turing\n", "Alan M. Turing"),
                ("Mit freundlichen Grüßen\nKonrad Zuse", "Konrad Zuse"), ("M. Jean-Luc Godard", "Jean-Luc Godard"),
                ("Vorname: Jürgen  Alter: 9", "Jürgen"), ("Signed by: Mary Jackson", "Mary Jackson")]:
            with self.subTest(text=text):
                self.assertEqual(found(text, "name"), [("name", name)])
        for text in ["Dear Sir or Madam,", "Sehr geehrte Damen und Herren,", "Name: none", "File name: report", "Dear Customer,"]:
            with self.subTest(text=text):
                self.assertEqual(found(text, "name"), [])

    def test_finds_national_numbers_with_a_right_check_digit_only(self):
        for text, right in [("12345678Z", True), ("12345678A", False), ("RSSMRA85T10A562S", True), ("RSSMRA85T10A562T", False),
                            ("1 84 12 76 451 089 46", True), ("1 84 12 76 451 089 45", False), ("756.9217.0769.85", True),
                            ("756.9217.0769.84", False), ("131052-308T", True), ("131052-308U", False),
                            ("811228-9874", True), ("811228-9873", False), ("85.07.30-033.28", True), ("85.07.30-033.29", False),
                            ("PESEL 44051401359", True), ("44051401359", False), ("BSN 111222333", True), ("111222333", False),
                            ("IdNr. 86095742719", True), ("IdNr. 86095742718", False), ("NHS no 943 476 5919", True),
                            ("NHS no 943 476 5918", False)]:
            with self.subTest(text=text):
                self.assertEqual(bool(found(text, "national-id")), right)

    def test_finds_the_national_numbers_that_the_library_invents(self):
        for locale, label in [("fr_FR", ""), ("it_IT", ""), ("sv_SE", ""), ("nl_NL", "BSN "), ("pl_PL", "PESEL ")]:
            fake = invented(locale)
            with self.subTest(locale=locale):
                self.assertEqual(self.share_found("national-id", [fake.ssn() for _ in range(100)], label + "{}"), 1)

    def test_leaves_alone_what_only_looks_like_it(self):
        """False positives: prose, dates, times, sums, versions, addresses of machines, product numbers, digests."""
        wrong = []
        for locale in LOCALES:
            fake = invented(locale)
            for _ in range(100):
                text = "\n".join([
                    # By the rules, a capitalised noun behind a title is a name.
                    fake.paragraph().replace("Frau", "Frage").replace("Herr", "Heer"), f"Order no. {fake.random_number(digits=10, fix_len=True)}",
                    f"{fake.date()} {fake.time()}", fake.date(pattern="%d.%m.%Y"), fake.date(pattern="%d/%m/%Y"),
                    f"{fake.pydecimal(left_digits=6, right_digits=2)} EUR", f"1.234.{fake.random_number(digits=3, fix_len=True)},00",
                    fake.uuid4(), fake.ipv4(), fake.ipv6(), fake.mac_address(), fake.ean13(), fake.isbn13(), fake.isbn10(),
                    fake.sha256(), fake.md5(), "v" + ".".join(str(fake.random_int()) for _ in range(3)), fake.url(),
                    f"{fake.latitude()}, {fake.longitude()}", str(fake.unix_time()), fake.postcode(), fake.license_plate()])
                wrong += found(text)
        self.assertEqual(wrong, [])

    def test_what_overlaps_counts_once_as_the_stronger(self):
        text = "Konto: DE89 3704 0044 0532 0130 00, Tel. 0711 123456"
        self.assertEqual(found(text), [("iban", "DE89 3704 0044 0532 0130 00"), ("phone", "0711 123456")])

    def test_masks_values(self):
        self.assertEqual(rules.masked("iban", "DE89 3704 0044 0532 0130 00"), "DE89 **** **** **** **30 00")
        self.assertEqual(rules.masked("card", "4111111111111111"), "************1111")
        self.assertEqual(rules.masked("email", "ada@example.org"), "a…@example.org")
        self.assertEqual(rules.masked("name", "Ada Lovelace"), "A… L…")

    def test_every_country_of_the_registry_has_a_length(self):
        self.assertTrue(all(15 <= length <= 34 for length in accounts.IBAN_LENGTHS.values()))
        self.assertTrue(accounts.iban("MT84MALT011000012345MTLCAST001S"))

    def test_is_quick_with_texts_that_are_made_to_be_slow(self):
        for text in [" " * 1_000_000, "0" * 1_000_000, "+1" * 500_000, "a@" * 500_000, "A" * 1_000_000, "Dr. " * 250_000,
                     "(0" * 500_000, "DE89" * 250_000, "Name:" * 200_000, "1 " * 500_000, "a." * 500_000, "\n\t" * 500_000]:
            with self.subTest(text=text[:8]):
                program = "import sys; sys.path.insert(0, sys.argv[1]); import rules; rules.find(sys.stdin.read())"
                subprocess.run([sys.executable, "-I", "-S", "-c", program, FOLDER], input=text.encode(), check=True, timeout=60)


def letter(path, lines, draw=None):
    """A PDF with one page per list of lines."""
    page = canvas.Canvas(str(path), pagesize=A4)
    page.setAuthor("Ada Lovelace <ada@example.org>")
    for content in lines:
        for row, line in enumerate(content):
            page.drawString(72, 760 - 18 * row, line)
        if draw:
            draw(page)
        page.showPage()
    page.save()
    return str(path)


class PluginTests(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.plugin = self.enterContext(Host(*COMMAND))

    def write(self, content, name="made.txt"):
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def output(self, tool, plugin=None, **values):
        answer = (plugin or self.plugin).call(tool, values, deadline=60)
        self.assertIn("result", answer, answer)
        return answer["result"]["output"]

    def refusal(self, tool, plugin=None, **values):
        answer = (plugin or self.plugin).call(tool, values)
        self.assertIn("error", answer, answer)
        self.assertNotIn("\n", answer["error"]["message"])
        return answer["error"]["code"]

    def text_of(self, path):
        return subprocess.run(["pdftotext", str(path), "-"], stdout=subprocess.PIPE, check=True).stdout.decode()

    def made(self, output):
        """The file, name and media type of the document that an output names."""
        document = self.plugin.documents[output["document"]]
        path = self.folder / f"{output['document']}.made"
        path.write_bytes(document["content"])
        return path, document["name"], document["mediaType"]

    def test_detects_in_a_text_and_keeps_the_values_back(self):
        text = "Dear Ada,\nplease pay to DE89 3704 0044 0532 0130 00, or write to bank@example.com."
        output = self.output("detect", text=text)
        self.assertEqual(output["counts"], {"name": 1, "iban": 1, "email": 1})
        self.assertNotIn("3704", str(output))
        shown = self.output("detect", text=text, reveal=True)["findings"]
        self.assertEqual([finding["value"] for finding in shown], ["Ada", "DE89 3704 0044 0532 0130 00", "bank@example.com"])
        self.assertEqual([text[finding["start"]:finding["end"]] for finding in shown], [finding["value"] for finding in shown])

    def test_looks_for_the_kinds_that_are_asked_for(self):
        text = "Mail ada@example.org, card 4111111111111111"
        self.assertEqual(self.output("detect", text=text, kinds=["card"])["counts"], {"card": 1})
        with Host(*COMMAND, configuration={"kinds": ["email"]}) as plugin:
            self.assertEqual(self.output("detect", plugin, text=text)["counts"], {"email": 1})
        self.assertEqual(self.refusal("detect", text=text, kinds=["shoe size"]), -32602)

    def test_redacts_a_text(self):
        output = self.output("redact", text="Dear Ada,\ncard 4111 1111 1111 1111.")
        self.assertEqual(output["text"], "Dear [name],\ncard [card].")
        with Host(*COMMAND, configuration={"mark": "block"}) as plugin:
            self.assertEqual(self.output("redact", plugin, text="Dear Ada,")["text"], "Dear ███,")

    def test_redacts_a_text_document_into_a_new_one(self):
        content = "Tel: 0711 123456\r\nÄ".encode("utf-16")
        output = self.output("redact", document=self.write(content, "note.md"))
        path, name, media_type = self.made(output)
        self.assertEqual(path.read_bytes().decode(), "Tel: [phone]\r\nÄ")
        self.assertEqual((name, media_type), ("note-redacted.md", "text/plain"))

    def test_detects_on_the_pages_of_a_pdf_with_places(self):
        path = letter(self.folder / "a.pdf", [["Nothing here"], ["Mail to ada@example.org please"]])
        (finding,) = self.output("detect", document=path, kinds=["email"], reveal=True)["findings"]
        self.assertEqual((finding["page"], finding["value"]), (2, "ada@example.org"))
        ((left, top, right, bottom),) = finding["boxes"]
        # 760 points from below is 82 from above; the address begins behind "Mail to ".
        self.assertTrue(72 < left < right < 300 and 65 < top < 82 < bottom < 95, finding)

    def test_a_redacted_pdf_holds_none_of_its_text(self):
        secrets = ["Ada Lovelace", "DE89 3704 0044 0532 0130 00", "ada@example.org", "+44 20 7946 0018"]
        path = letter(self.folder / "letter.pdf", [
            ["Name: Ada Lovelace", "IBAN: DE89 3704 0044 0532 0130 00"], ["Mail: ada@example.org", "Tel: +44 20 7946 0018", "Harmless"]])
        self.assertTrue(all(secret in self.text_of(path) for secret in secrets))
        output = self.output("redact", document=path)
        self.assertEqual(output["counts"], {"name": 1, "iban": 1, "email": 1, "phone": 1})
        made, name, media_type = self.made(output)
        self.assertEqual((name, media_type), ("letter-redacted.pdf", "application/pdf"))
        self.assertEqual(self.text_of(made).strip(), "")
        self.assertNotIn(b"Ada", made.read_bytes())
        subprocess.run(["qpdf", "--check", str(made)], check=True, stdout=subprocess.DEVNULL)
        self.assertIn(b"Pages:           2\n", subprocess.run(["pdfinfo", str(made)], stdout=subprocess.PIPE, check=True).stdout)

    def test_the_boxes_are_black_and_the_rest_is_as_it_was(self):
        path = letter(self.folder / "a.pdf", [["ada@example.org stays out, this stays in"]])
        made, _, _ = self.made(self.output("redact", document=path))
        pictures = [self.picture(name) for name in (path, made)]
        (finding,) = self.output("detect", document=path)["findings"]
        (left, top, right, bottom) = [int(place) for place in finding["boxes"][0]]
        inside = {pictures[1][row][column] for row in range(top + 1, bottom) for column in range(left + 1, right)}
        self.assertLess(max(inside), 40)
        # Drawn twice, letters are blurred differently, but there is as much ink.
        ink = [sum(255 - value for row in rows[top:bottom] for value in row[right + 4:right + 150]) for rows in pictures]
        self.assertGreater(ink[0], 10_000)
        self.assertLess(abs(ink[0] - ink[1]) / ink[0], 0.2)

    def picture(self, path):
        """Grey rows of the first page, a pixel per point."""
        data = subprocess.run(["pdftoppm", "-r", "72", "-gray", "-l", "1", str(path)], stdout=subprocess.PIPE, check=True).stdout
        _, size, _, pixels = data.split(b"\n", 3)
        width, height = map(int, size.split())
        return [pixels[row * width:(row + 1) * width] for row in range(height)]

    def test_redacts_fields_of_forms_and_turned_pages(self):
        path = self.folder / "form.pdf"
        letter(path, [["Form"]], lambda page: page.acroForm.textfield(value="ada@example.org", x=72, y=600, width=200, height=20))
        turned = self.folder / "turned.pdf"
        subprocess.run(["qpdf", "--rotate=90", str(letter(self.folder / "b.pdf", [["ada@example.org"]])), str(turned)], check=True)
        for document in [path, turned]:
            with self.subTest(document=document.name):
                output = self.output("redact", document=str(document))
                self.assertEqual(output["counts"], {"email": 1})
                made, _, _ = self.made(output)
                self.assertEqual(self.text_of(made).strip(), "")
                self.assertNotIn(b"ada@", made.read_bytes())
                (finding,) = self.output("detect", document=str(document))["findings"]
                (left, top, right, bottom) = [int(place) for place in finding["boxes"][0]]
                rows = self.picture(made)
                inside = [rows[row][column] for row in range(top + 1, bottom) for column in range(left + 1, right)]
                self.assertLess(max(inside), 40)

    def test_says_which_pages_are_pictures_of_text(self):
        path = letter(self.folder / "a.pdf", [["ada@example.org"]])
        made, _, _ = self.made(self.output("redact", document=path))
        self.assertEqual(self.output("detect", document=str(made))["pagesWithoutText"], [1])

    def test_tells_with_the_metadata_how_much_there_is_and_not_what(self):
        document = self.plugin.add(b"ada@example.org bob@example.org", "a.txt", "text/plain")
        value = self.plugin.filter("document.metadata", "metadata", {"document": document, "metadata": {}})["result"]["value"]
        self.assertEqual(value, {"document": document, "metadata": {"PII": {"email": 2}}})
        for content in [b"nothing", b"\0no text", b"%PDF-1.7\nnothing"]:
            clean = {"document": self.plugin.add(content, "b.txt", "text/plain"), "metadata": {"File": {}}}
            self.assertEqual(self.plugin.filter("document.metadata", "metadata", clean)["result"]["value"], clean)

    def test_searches_what_is_known_of_a_picture_and_not_the_picture(self):
        document = self.plugin.add(b"\xff\xd8\xff ada@example.org", "a.jpg", "image/jpeg")
        known = {"IFD0": {"Artist": "Ada <ada@example.org>"}, "XMP": {"Contact": [{"Phone": "bob@example.org"}]}}
        value = self.plugin.filter("document.metadata", "metadata", {"document": document, "metadata": known})["result"]["value"]
        self.assertEqual(value["metadata"], {**known, "PII": {"email": 2}})
        silent = {"document": document, "metadata": {}}
        self.assertEqual(self.plugin.filter("document.metadata", "metadata", silent)["result"]["value"], silent)

    def test_refuses_to_redact_a_part(self):
        with Host(*COMMAND, configuration={"most-bytes": 1024, "most-pages": 2}) as plugin:
            self.assertEqual(self.refusal("redact", plugin, document=self.write(b"x" * 1025)), -31998)
            self.assertEqual(self.refusal("redact", plugin, document=letter(self.folder / "c.pdf", [["a"]] * 3)), -31998)
            self.assertEqual(plugin.documents, {})

    def test_gives_out_nothing_without_the_permission_to_create_documents(self):
        self.plugin.denied.add("document/create")
        self.assertEqual(self.refusal("redact", document=self.write(b"ada@example.org")), -31999)
        self.assertEqual(list(self.plugin.outbox.iterdir()), [])

    def test_refuses_what_is_neither_text_nor_pdf(self):
        for tool in ["detect", "redact"]:
            self.assertEqual(self.refusal(tool, document=str(material("*.jpg")[0])), -31990)
            self.assertEqual(self.refusal(tool, document=self.write(b"%PDF-1.7\nnothing")), -31990)
            self.assertEqual(self.refusal(tool, document=str(self.folder / "none")), -31994)
            self.assertEqual(self.refusal(tool), -32602)

    def test_answers_for_every_damaged_document(self):
        content = Path(letter(self.folder / "a.pdf", [["ada@example.org", "Name: Ada"]] * 2)).read_bytes()
        for seed in range(40):
            with self.subTest(seed=seed):
                answer = self.plugin.call("redact", {"document": self.write(spoiled(content, seed), "spoiled.pdf")})
                if "result" in answer and "document" in answer["result"]["output"]:
                    made, _, media_type = self.made(answer["result"]["output"])
                    self.assertFalse(media_type == "application/pdf" and self.text_of(made).strip())
                else:
                    self.assertNotRegex(str(answer), r"failed: \w+Error")

    def test_reads_texts_as_the_other_plugins_do(self):
        self.assertEqual((FOLDER / "texts.py").read_text(), (FOLDER.parent / "language" / "texts.py").read_text())


if __name__ == "__main__":
    unittest.main()
