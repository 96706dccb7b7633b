"""Invoices that a program made up, so that it is known what they say: three languages, four layouts."""

import datetime
import random
from decimal import ROUND_HALF_UP, Decimal

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

CENT = Decimal("0.01")
WORDS = {
    "en": {
        "title": "INVOICE", "number": ["Invoice No.", "Invoice Number", "Invoice #"], "date": ["Invoice Date", "Date", "Date of issue"],
        "due": ["Due Date", "Payment due", "Due by"], "to": "Bill To", "head": ["Description", "Qty", "Unit Price", "Amount"],
        "net": ["Subtotal", "Net amount", "Total excl. VAT"], "tax": ["VAT {rate}%", "VAT ({rate}%)", "Plus VAT at {rate} %"],
        "gross": ["Total", "Total due", "Amount Due", "Grand Total", "Total incl. VAT"], "vat": "VAT Reg No", "terms": "Payment within {days} days.",
        "item": ["Widget", "Consulting hours", "Maintenance plan", "Steel bracket"]},
    "de": {
        "title": "Rechnung", "number": ["Rechnungsnummer", "Rechnungs-Nr.", "Rechnung Nr."], "date": ["Rechnungsdatum", "Datum"],
        "due": ["Fällig am", "Fälligkeitsdatum", "Zahlbar bis"], "to": "Rechnungsempfänger", "head": ["Bezeichnung", "Menge", "Einzelpreis", "Gesamt"],
        "net": ["Zwischensumme", "Nettobetrag", "Summe netto"], "tax": ["MwSt. {rate}%", "zzgl. {rate} % USt.", "Umsatzsteuer {rate} %"],
        "gross": ["Gesamtbetrag", "Rechnungsbetrag", "Bruttobetrag", "Zu zahlen", "Gesamtsumme"], "vat": "USt-IdNr.",
        "terms": "Zahlbar innerhalb von {days} Tagen ohne Abzug.", "item": ["Schraube", "Beratung", "Wartung", "Stahlwinkel"]},
    "fr": {
        "title": "FACTURE", "number": ["Facture n°", "Numéro de facture", "N° de facture"], "date": ["Date de facture", "Date de facturation", "Date"],
        "due": ["Échéance", "Date d'échéance", "À payer avant le"], "to": "Facturé à", "head": ["Désignation", "Quantité", "Prix unitaire", "Montant"],
        "net": ["Total HT", "Montant HT", "Sous-total"], "tax": ["TVA {rate}%", "TVA ({rate} %)"],
        "gross": ["Total TTC", "Montant TTC", "Net à payer"], "vat": "N° TVA intracommunautaire", "terms": "Règlement sous {days} jours.",
        "item": ["Boulon", "Conseil", "Entretien", "Équerre"]}}
MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(),
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()}
SUPPLIERS = {"en": ["Northwind Traders Ltd", "Blue Harbour LLC", "Pine & Sons Limited"],
             "de": ["Bergmann Werkzeuge GmbH", "Nordlicht AG", "Müller & Söhne OHG"],
             "fr": ["Atelier Dupont SARL", "Lumière SAS", "Boulangerie Moreau EURL"]}
CUSTOMERS = {"en": "Contoso Retail Ltd", "de": "Kundenhaus GmbH", "fr": "Librairie Centrale SA"}
VAT = {"en": ["GB980780684", "GB434031494"], "de": ["DE136695976", "DE811907980"], "fr": ["FR40303265045", "FR83404833048"]}
IBANS = {"en": "GB82WEST12345698765432", "de": "DE89370400440532013000", "fr": "FR1420041010050500013M02606"}
RATES = {"en": ["20", "5"], "de": ["19", "7"], "fr": ["20", "5.5"]}


class Made:
    """One invoice; `truth` is what it says, in the shape that the plugin answers."""

    def __init__(self, seed):
        chance = random.Random(seed)
        self.language = ["en", "de", "fr"][seed % 3]
        self.layout = seed // 3 % 4
        self.words = {name: chance.choice(value) if isinstance(value, list) and name not in ("head", "item") else value
                      for name, value in WORDS[self.language].items()}
        self.dollars = self.language == "en" and chance.random() < 0.3
        self.currency = "USD" if self.dollars else {"en": "GBP"}.get(self.language, "EUR")
        self.style = chance.randrange(3)
        rate = chance.choice(RATES[self.language])
        self.rate = rate.replace(".", ",") if self.language != "en" else rate
        issued = datetime.date(2023, 1, 1) + datetime.timedelta(days=chance.randrange(700))
        days = chance.choice([7, 14, 30])
        # With terms of payment only, the date is to be counted.
        self.states_due, self.days = chance.random() < 0.7, days
        self.items = []
        for number in range(chance.randrange(1, 6)):
            quantity = chance.randrange(1, 40)
            price = (Decimal(chance.randrange(100, 250_000)) / 100).quantize(CENT)
            self.items.append((f"{chance.choice(WORDS[self.language]['item'])} {chr(65 + number)}", quantity, price, quantity * price))
        net = sum((item[3] for item in self.items), Decimal(0))
        tax = (net * Decimal(rate) / 100).quantize(CENT, ROUND_HALF_UP)
        supplier = chance.choice(SUPPLIERS[self.language])
        vat = chance.choice(VAT[self.language])
        self.issued, self.due = issued, issued + datetime.timedelta(days=days)
        self.truth = {
            "number": chance.choice(["INV-{:05}", "2024/{:04}", "RE{:06}", "{:07}", "A-{}-7"]).format(chance.randrange(1000, 9999)),
            "date": issued.isoformat(), "dueDate": self.due.isoformat(), "currency": self.currency, "language": self.language,
            "net": f"{net:.2f}", "tax": f"{tax:.2f}", "gross": f"{net + tax:.2f}", "ibans": [IBANS[self.language]],
            "vatIds": [vat], "supplier": supplier, "taxRates": [f"{Decimal(rate).normalize():f}"],
            "lines": [[name, str(quantity), f"{price:.2f}", f"{amount:.2f}"] for name, quantity, price, amount in self.items]}

    def money(self, value, plain=False):
        whole, _, cents = f"{value:.2f}".partition(".")
        groups = []
        while len(whole) > 3:
            groups.insert(0, whole[-3:])
            whole = whole[:-3]
        groups.insert(0, whole)
        if self.language == "en":
            text = ",".join(groups) + "." + cents
            return text if plain else {"USD": "$", "GBP": "£"}[self.currency] + text
        text = {"de": ".", "fr": "\u00a0" if self.style == 1 else " "}[self.language].join(groups) + "," + cents
        return text if plain else f"{text} €" if self.style < 2 else f"{text} EUR"

    def day(self, day):
        if self.style == 0:
            return day.isoformat()
        if self.style == 1:
            name = MONTHS[self.language][day.month - 1]
            return {"en": f"{name} {day.day}, {day.year}", "de": f"{day.day}. {name} {day.year}", "fr": f"{day.day} {name} {day.year}"}[self.language]
        if self.dollars:
            return f"{day.month:02}/{day.day:02}/{day.year}"
        return f"{day.day:02}{'.' if self.language == 'de' else '/'}{day.month:02}{'.' if self.language == 'de' else '/'}{day.year}"

    def write(self, path):
        page = canvas.Canvas(str(path), pagesize=A4)
        # A font that comes with reportlab, with accents and the euro sign.
        pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
        page.setFont("Vera", 9)
        self.page = page
        getattr(self, f"_layout_{self.layout}")()
        page.save()
        return str(path)

    def text(self, x, y, text, right=False):
        (self.page.drawRightString if right else self.page.drawString)(x, y, text)

    def fields(self):
        pairs = [(self.words["number"], self.truth["number"]), (self.words["date"], self.day(self.issued))]
        return pairs + ([(self.words["due"], self.day(self.due))] if self.states_due else [])

    def _foot(self, y=70):
        if not self.states_due:
            self.text(50, y + 30, self.words["terms"].format(days=self.days))
        iban = self.truth["ibans"][0]
        self.text(50, y, "IBAN: " + " ".join(iban[place:place + 4] for place in range(0, len(iban), 4)))
        self.text(320, y, f"{self.words['vat']}: {self.truth['vatIds'][0]}")

    def _items(self, y):
        for x, head in zip([50, 330, 430, 540], self.words["head"]):
            self.text(x, y, head, x > 100)
        for name, quantity, price, amount in self.items:
            y -= 16
            self.text(50, y, name)
            self.text(330, y, str(quantity), True)
            self.text(430, y, self.money(price), True)
            self.text(540, y, self.money(amount), True)
        return y - 30

    def _sums(self):
        tax = self.words["tax"].format(rate=self.rate)
        return [(self.words["net"], self.truth["net"]), (tax, self.truth["tax"]), (self.words["gross"], self.truth["gross"])]

    def _customer(self, x, y):
        for line in [self.words["to"] + ":", CUSTOMERS[self.language], "1 Example Road", "12345 Exampletown"]:
            self.text(x, y, line)
            y -= 13

    def _sums_right(self, y):
        for label, value in self._sums():
            self.text(430, y, label, True)
            self.text(540, y, self.money(Decimal(value)), True)
            y -= 16

    def _layout_0(self):
        """Fields in two columns on the right, sums under the table."""
        self.text(50, 800, self.truth["supplier"])
        self.text(450, 800, self.words["title"])
        self._customer(50, 740)
        for row, (label, value) in enumerate(self.fields()):
            self.text(340, 740 - 15 * row, label + ":")
            self.text(460, 740 - 15 * row, value)
        self._sums_right(self._items(640))
        self._foot()

    def _layout_1(self):
        """Fields as a table: labels in a row, values under them."""
        self.text(400, 800, self.truth["supplier"])
        self._customer(50, 760)
        for column, (label, value) in enumerate(self.fields()):
            self.text(50 + 170 * column, 680, label)
            self.text(50 + 170 * column, 664, value)
        self._sums_right(self._items(620))
        self._foot()

    def _layout_2(self):
        """A letter: the sender small above the address, fields in one line each, sums with the currency before all."""
        self.text(50, 780, f"{self.truth['supplier']} · 7 Example Street · 10115 Town")
        self._customer(50, 750)
        for row, (label, value) in enumerate(self.fields()):
            self.text(50, 680 - 14 * row, f"{label} {value}")
        y = self._items(600)
        for label, value in self._sums():
            self.text(50, y, f"{label}: {self.money(Decimal(value))}")
            y -= 15
        self._foot()

    def _layout_3(self):
        """Sums as a table of one row."""
        self.text(50, 800, self.words["title"])
        self.text(50, 780, self.truth["supplier"])
        self._customer(320, 780)
        for row, (label, value) in enumerate(self.fields()):
            self.text(50, 720 - 15 * row, f"{label}: {value}")
        y = self._items(650)
        for x, (label, value) in zip([150, 340, 540], self._sums()):
            self.text(x, y, label, True)
            self.text(x, y - 15, self.money(Decimal(value)), True)
        self._foot()

