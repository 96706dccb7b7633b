import subprocess
import sys
import tempfile
import unittest
from decimal import Decimal
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(FOLDER.parent / "tests"))
sys.path.insert(0, str(FOLDER))
sys.dont_write_bytecode = True
import amounts  # noqa: E402
import fields  # noqa: E402
import identifiers  # noqa: E402
import parties  # noqa: E402
from host import Host  # noqa: E402
from plugin import MATERIAL, material, spoiled  # noqa: E402

sys.path.append(str(MATERIAL / "python"))
from invoices import Made  # noqa: E402

COMMAND = [FOLDER, ["/usr/bin/python3", "-I", "-S", "invoice_fields.py"]]
COUNT = 96
"""Every language in every layout, eight times."""


def read(text, month_first=None):
    return fields.Invoice(text, month_first).read()


class AmountTests(unittest.TestCase):
    def test_reads_numbers_of_every_locale(self):
        for text, value in [("1,234.56", "1234.56"), ("1.234,56", "1234.56"), ("1 234,56", "1234.56"), ("1\u202f234,56", "1234.56"),
                            ("1'234.56", "1234.56"), ("1.234.567,89", "1234567.89"), ("1,234,567.89", "1234567.89"), ("0,99", "0.99"),
                            ("12.5", "12.5"), ("1.234", "1234"), ("1,234", "1234"), ("7", "7")]:
            with self.subTest(text=text):
                self.assertEqual(amounts.value_of(text)[0], Decimal(value))

    def test_reads_currencies_before_and_behind(self):
        for text, value, currency in [("€ 12,00", "12.00", "EUR"), ("12,00 €", "12.00", "EUR"), ("$1,200.50", "1200.50", "USD"), ("CHF 7.05", "7.05", "CHF"),
                                      ("7.05 GBP", "7.05", "GBP"), ("-£3.10", "-3.10", "GBP"), ("1 200 €", "1200", "EUR")]:
            with self.subTest(text=text):
                (amount,) = amounts.amounts_in(text)
                self.assertEqual((amount.value, amount.currency), (Decimal(value), currency))

    def test_takes_no_percentage_date_or_number_for_an_amount(self):
        for text in ["19,00 %", "12.03.2024", "2024-03-12", "10115", "RE-12.00-7", "1.2.3.4"]:
            with self.subTest(text=text):
                self.assertEqual(amounts.amounts_in(text), [])

    def test_reads_dates_in_three_languages(self):
        for text in ["2024-03-12", "12.03.2024", "12.3.24", "12. März 2024", "12 March 2024", "March 12, 2024", "12th March 2024", "12 mars 2024", "12/03/2024"]:
            with self.subTest(text=text):
                self.assertEqual([day.isoformat() for _, _, day in amounts.dates_in(text, False)], ["2024-03-12"])
        self.assertEqual([day.isoformat() for _, _, day in amounts.dates_in("03/12/2024", True)], ["2024-03-12"])
        self.assertEqual(amounts.dates_in("31.02.2024 99/99/9999", False), [])


class IdentifierTests(unittest.TestCase):
    def test_checks_vat_numbers_of_fifteen_countries(self):
        for right in ["DE136695976", "ATU13585627", "FR40303265045", "BE0411905847", "NL004495445B01", "IT00743110157", "ESB58378431",
                      "GB980780684", "PL8567346215", "DK13585628", "FI20774740", "SE123456789701", "LU15027442", "PT501964843", "CHE100155212"]:
            with self.subTest(right=right):
                self.assertEqual([(number, checked) for number, _, checked, _ in identifiers.vat_ids_in(f"VAT {right}.")], [(right, True)])
                digit = max(place for place, letter in enumerate(right[:-3 if right[:2] in ("NL", "SE") else None]) if letter.isdigit())
                wrong = right[:digit] + str((int(right[digit]) + 1) % 10) + right[digit + 1:]
                self.assertEqual(identifiers.vat_ids_in(f"VAT {wrong}."), [])

    def test_reads_numbers_with_spaces_and_words_behind(self):
        self.assertEqual(identifiers.vat_ids_in("USt-IdNr. DE 136 695 976 HRB 77")[0][0], "DE136695976")
        self.assertEqual(identifiers.vat_ids_in("TVA FR 40 303 265 045")[0][0], "FR40303265045")
        self.assertEqual(identifiers.vat_ids_in("CHE-100.155.212 MWST")[0][0], "CHE100155212")
        self.assertEqual(identifiers.ibans_in("IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFF"), ["DE89370400440532013000"])
        self.assertEqual(identifiers.ibans_in("DE89 3704 0044 0532 0130 01"), [])


class FieldTests(unittest.TestCase):
    def test_counts_the_due_date_from_the_terms(self):
        for terms in ["Payment terms: net 30 days", "Zahlbar innerhalb von 30 Tagen", "Règlement sous 30 jours"]:
            with self.subTest(terms=terms):
                self.assertEqual(read(f"Invoice date: 2024-01-31\n{terms}")["dueDate"], "2024-03-01")

    def test_adds_the_taxes_of_several_rates(self):
        output = read("Nettobetrag 150,00 €\n19 % MwSt. auf 100,00 €: 19,00 €\n7 % MwSt. auf 50,00 €: 3,50 €\nGesamtbetrag 172,50 €\n")
        self.assertEqual([output[name] for name in ("net", "tax", "gross")], ["150.00", "22.50", "172.50"])
        self.assertEqual(output["taxRates"], ["7", "19"])
        self.assertTrue(output["checks"]["netPlusTaxIsGross"])

    def test_says_when_the_sums_do_not_fit(self):
        output = read("Subtotal $100.00\nVAT 20% $20.00\nTotal due $125.00\n")
        self.assertEqual([output[name] for name in ("net", "tax", "gross")], ["100.00", "20.00", "125.00"])
        self.assertEqual(output["checks"], {"netPlusTaxIsGross": False, "linesAddUp": None, "taxFitsRate": True})

    def test_says_when_the_lines_do_not_add_up(self):
        output = read("Description   Qty   Price   Amount\nWidget  2  $10.00  $20.00\nBolt  3  $5.00  $15.00\nSubtotal  $40.00\n")
        self.assertEqual(len(output["lines"]), 2)
        self.assertIs(output["checks"]["linesAddUp"], False)

    def test_counts_what_is_missing_and_says_so(self):
        output = read("Invoice\nTotal due: $120.00\nSales tax: $20.00\n")
        self.assertEqual((output["net"], output["derived"], output["checks"]["netPlusTaxIsGross"]), ("100.00", ["net"], None))

    def test_reads_the_total_that_contains_the_tax_as_gross(self):
        output = read("Rechnung\nGesamtbetrag inkl. 19% MwSt.   119,00 €\nNetto  100,00 €\n")
        self.assertEqual([output[name] for name in ("net", "tax", "gross")], ["100.00", "19.00", "119.00"])

    def test_tells_the_vat_numbers_of_both_apart(self):
        output = read("Bergmann GmbH\nUSt-IdNr.: DE136695976\nIhre USt-IdNr.: DE811907980\n")
        self.assertEqual([(vat["id"], vat["of"]) for vat in output["vatIds"]], [("DE136695976", "supplier"), ("DE811907980", "customer")])

    def test_reads_american_and_other_dates_by_what_else_is_there(self):
        self.assertEqual(read("Invoice Date: 03/04/2024\nTotal due $5.00")["date"], "2024-03-04")
        self.assertEqual(read("Invoice Date: 03/04/2024\nTotal due £5.00")["date"], "2024-04-03")
        self.assertEqual(read("Invoice Date: 03/04/2024\nDue Date: 03/25/2024\nTotal due £5.00")["date"], "2024-03-04")

    def test_finds_nothing_in_what_is_no_invoice(self):
        output = read("The ferry leaves the harbour at seven in the morning.\nNobody is in a hurry.\n")
        self.assertEqual([output[name] for name in ("number", "date", "dueDate", "net", "tax", "gross", "currency")], [None] * 7)
        self.assertEqual(output["checks"], {"netPlusTaxIsGross": None, "linesAddUp": None, "taxFitsRate": None})

    def test_takes_the_legal_form_for_the_end_of_a_name(self):
        self.assertEqual(parties.of(["Bergmann Werkzeuge GmbH · Weg 1 · Berlin"]), ("Bergmann Werkzeuge GmbH", None))
        self.assertEqual(parties.of(["Bill to:", "Contoso Ltd", "", "Pine Limited"]), ("Pine Limited", "Contoso Ltd"))

    def test_is_quick_with_texts_that_are_made_to_be_slow(self):
        for text in [" " * 500_000, "1" * 500_000, "1 " * 250_000, "1.000" * 100_000, "Total " * 80_000, "VAT\n" * 100_000, "DE1 " * 100_000,
                     "Bill to:\n" * 50_000, "31.12.2024 " * 40_000, "-" * 500_000, "(" * 500_000, "inkl. " * 80_000]:
            with self.subTest(text=text[:8]):
                program = "import sys; sys.path.insert(0, sys.argv[1]); import fields; fields.Invoice(sys.stdin.read()).read()"
                subprocess.run([sys.executable, "-I", "-S", "-c", program, FOLDER], input=text.encode(), check=True, timeout=60)


class PluginTests(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.plugin = self.enterContext(Host(*COMMAND))

    def output(self, plugin=None, **values):
        answer = (plugin or self.plugin).call("extract", values)
        self.assertIn("result", answer, answer)
        return answer["result"]["output"]

    def refusal(self, **values):
        answer = self.plugin.call("extract", values)
        self.assertIn("error", answer, answer)
        self.assertNotIn("\n", answer["error"]["message"])
        return answer["error"]["code"]

    def test_reads_every_invoice_that_was_made_up(self):
        wrong = []
        for seed in range(COUNT):
            invoice = Made(seed)
            output = self.output(document=invoice.write(self.folder / f"{seed}.pdf"))
            output["vatIds"] = [vat["id"] for vat in output["vatIds"]]
            output["lines"] = [[row["description"], row["quantity"], row["unitPrice"], row["amount"]] for row in output["lines"]]
            for name, value in invoice.truth.items():
                if output[name] != value:
                    wrong.append((seed, invoice.language, invoice.layout, name, value, output[name]))
            if output["checks"] != {"netPlusTaxIsGross": True, "linesAddUp": True, "taxFitsRate": True}:
                wrong.append((seed, invoice.language, invoice.layout, output["checks"]))
        self.assertEqual(wrong, [])

    def test_reads_what_invoice2data_reads_with_a_template_made_for_the_layout(self):
        from invoice2data import extract_data
        from invoice2data.extract.loader import read_templates
        templates = self.folder / "templates"
        templates.mkdir()
        compared = 0
        for seed in range(0, COUNT, 12):  # English, the first layout
            invoice = Made(seed)
            words = invoice.words
            label = {name: words[name].replace("(", r"\(").replace(")", r"\)").replace(".", r"\.").replace("#", r"\#") for name in ("number", "date", "gross")}
            (templates / "one.yml").write_text(f"""
issuer: Any
keywords: ['INVOICE']
fields:
  amount: '(?m)^ *{label["gross"]} +[$£]([0-9,.]+)$'
  invoice_number: '{label["number"]}: +(\\S+)'
  date: '{label["date"]}: +(.+)'
options:
  currency: {invoice.currency}
  date_formats: ['{"MDY" if invoice.dollars else "DMY"}']
  decimal_separator: '.'
""")
            path = invoice.write(self.folder / f"{seed}.pdf")
            theirs = extract_data(path, templates=read_templates(str(templates) + "/"))
            self.assertTrue(theirs, seed)
            ours = self.output(document=path)
            self.assertEqual((ours["gross"], ours["number"]), (f"{theirs['amount']:.2f}", str(theirs["invoice_number"])))
            compared += 1
        self.assertEqual(compared, 8)

    def test_reads_dates_as_the_configuration_says(self):
        text = "Invoice date 03/04/2024\nTotal $5.00"
        for order, day in [("auto", "2024-03-04"), ("day-first", "2024-04-03"), ("month-first", "2024-03-04")]:
            with self.subTest(order=order), Host(*COMMAND, configuration={"date-order": order}) as plugin:
                self.assertEqual(self.output(plugin, text=text)["date"], day)

    def test_refuses_what_has_no_text(self):
        self.assertEqual(self.refusal(document=str(material("*.jpg")[0])), -31990)
        empty = self.folder / "empty.txt"
        empty.write_bytes(b"  \n")
        self.assertEqual(self.refusal(document=str(empty)), -31990)
        self.assertEqual(self.refusal(document=str(self.folder / "none.pdf")), -31994)
        self.assertEqual(self.refusal(), -32602)

    def test_answers_for_every_damaged_invoice(self):
        content = Path(Made(1).write(self.folder / "whole.pdf")).read_bytes()
        for seed in range(60):
            path = self.folder / "spoiled.pdf"
            path.write_bytes(spoiled(content, seed))
            with self.subTest(seed=seed):
                answer = self.plugin.call("extract", {"document": str(path)})
                self.assertNotRegex(str(answer), r"failed: \w+Error")

    def test_every_document_of_the_material_is_answered(self):
        for path in material("*.pdf"):
            with self.subTest(path=path.name):
                answer = self.plugin.call("extract", {"document": str(path)})
                self.assertTrue("result" in answer or answer["error"]["code"] in (-31990,), answer)

    def test_reads_texts_as_the_other_plugins_do(self):
        self.assertEqual((FOLDER / "texts.py").read_text(), (FOLDER.parent / "language" / "texts.py").read_text())


if __name__ == "__main__":
    unittest.main()
