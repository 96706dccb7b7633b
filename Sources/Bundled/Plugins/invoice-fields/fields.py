"""What an invoice says, from its text as it lies on the page: labels, the values beside or below them, and what adds up."""

import datetime
import re

import amounts
import identifiers
import parties

LABELS = {
    "number": [r"(?:tax )?invoice\s*(?:no\.?|number|nr\.?|#|id)", r"invoice\s*:", r"rechnung(?:s|s-|s\s)?\s*-?(?:nr\.?|nummer)", r"rechnung\s*:",
               r"rechnung (?=[A-Z]{0,4}[-/]?[0-9])", r"facture\s*(?:n°|nº|no\.?|num[ée]ro)", r"(?:n°|nº|num[ée]ro)\s*(?:de )?(?:la )?facture",
               r"(?:bill|document|beleg)\s*(?:no\.?|number|nr\.?|nummer)", r"facture\s*:"],
    "date": [r"invoice date", r"date of (?:issue|invoice)", r"issue date", r"issued(?: on)?", r"rechnungsdatum", r"ausstellungsdatum",
             r"belegdatum", r"date de (?:la )?facture", r"date de facturation", r"date d['’][ée]mission", r"(?:[ée]mise? )le", r"datum", r"date"],
    "dueDate": [r"due date", r"payment due(?: date| by| on)?", r"due(?: on| by)", r"pay(?:able)? (?:by|until|before)", r"fällig(?:keit|keitsdatum)?(?: am| bis)?",
                r"zahlbar bis(?: zum)?", r"zahlungsziel", r"date d['’][ée]ch[ée]ance", r"[ée]ch[ée]ance", r"[àa] payer avant(?: le)?",
                r"payable (?:avant )?le"],
    "serviceDate": [r"(?:delivery|service|supply) (?:date|period)", r"date of supply", r"(?:leistungs|liefer)(?:datum|zeitraum)",
                    r"date de (?:livraison|prestation)"],
}
LABELS = {field: re.compile(r"(?<![\w-])(?:" + "|".join(words) + r")(?!\w)", re.IGNORECASE) for field, words in LABELS.items()}

# The more special words first: what they have taken, the general ones behind do not see.
VAT_WORDS = r"(?:vat|gst|tax(?:es)?|mwst\.?|ust\.?|umsatzsteuer|mehrwertsteuer|tva|taxe)"
SUMS = [
    ("net", 3, rf"(?:sub-?\s?total|net(?:\s(?:total|amount|value|sum))|total (?:net|excl(?:\.|uding|usive)?(?: of)? {VAT_WORDS}|before {VAT_WORDS}|"
               rf"h\.?t\.?(?!\w)|hors {VAT_WORDS}s?)|montant (?:net )?h\.?t\.?|sous-total|base ht|zwischensumme|netto(?:betrag|summe|gesamt)|summe netto|"
               rf"gesamt(?:betrag)? (?:\(?netto\)?)|net price|{VAT_WORDS}-?exclusive)"),
    ("gross", 3, rf"(?:(?:grand |invoice )?total (?:due|payable|incl(?:\.|uding|usive|us)?(?: of)? ?{VAT_WORDS}|ttc|[àa] payer|amount(?: due)?|brutto|toutes taxes comprises)|"
                 rf"grand total|(?:amount|balance) (?:due|payable)|total(?=\s*\((?:incl|ttc|brutto))|net [àa] payer|montant (?:ttc|total ttc|d[ûu])|"
                 r"gesamtbetrag|rechnungsbetrag|endbetrag|bruttobetrag|zahlbetrag|(?:noch )?zu zahlen(?:der betrag)?|gesamtsumme|endsumme|summe brutto|"
                 r"gesamt (?:\(?brutto\)?))"),
    ("tax", 3, rf"(?:sales |plus |zzgl\.? |total )?{VAT_WORDS}(?![ .-]{{0,2}}(?:id|no\b|nr|number|num|reg|intra|n°|invoice|ident|rate|excl|office|nummer|satz|point))"),
    ("net", 2, r"(?:netto|net|nett)"),
    ("gross", 2, r"(?:total|gesamt|summe|brutto|gross|betrag|montant total)"),
]
SUM = re.compile("|".join(f"(?P<s{place}>(?<![\\w-]){words}(?![\\w-]))" for place, (_, _, words) in enumerate(SUMS)), re.IGNORECASE)
INCLUDED = re.compile(r"(?:inkl|incl|enthalten|dont|of which|davon|excl|zzgl\.? gesetz)[\w.]*\s*(?:[0-9]+(?:[.,][0-9]+)?\s?%\s*)?$", re.IGNORECASE)
NUMBER_VALUE = re.compile(r"[\s.:#№-]{0,80}((?=[A-Z/_.-]{0,20}[0-9])[A-Z0-9][A-Z0-9/_.-]{0,30}[A-Z0-9]|[0-9])(?![\w/]|[.,-][0-9])", re.IGNORECASE)
TERMS = re.compile(
    r"(?:net|within|innerhalb(?: von)?|binnen|sous|dans(?: les)?|[àa]|zahlungsziel:?|payment terms:?|terms:?)\s+([0-9]{1,3})\s*(?:days?|tagen?|jours?)",
    re.IGNORECASE)
QUANTITY = re.compile(r"(?<![\w.,])([0-9]{1,6}(?:[.,][0-9]{1,3})?)(?![\w]|[.,][0-9]|\s?%)")
RATE = re.compile(r"([0-9]{1,2}(?:[.,][0-9]{1,2})?)\s?%")
LANGUAGES = {
    "en": r"invoice|due|amount|subtotal|quantity|payment|bill to|total", "de": r"rechnung\w*|betrag|mwst|ust|menge|fällig|zahlbar|netto|gesamt\w*",
    "fr": r"facture|montant|tva|échéance|quantité|ttc|ht|règlement|client"}
TOLERANCE = amounts.Decimal("0.02")


class Invoice:
    """The lines of a text, and what was found in them."""

    def __init__(self, text, month_first=None):
        self.lines = [line.rstrip()[:1000] for line in re.split("[\n\f]", text)][:4000]
        self.text = "\n".join(self.lines)
        self.language = language_of(self.text)
        self.decimal = amounts.decimal_mark(self.text)
        self.currency = self.common_currency()
        self.month_first = self.writes_month_first() if month_first is None else month_first

    def common_currency(self):
        found = [amount.currency for line in self.lines for amount in amounts.amounts_in(line, self.decimal) if amount.currency]
        found = found or re.findall(rf"\b(?:{amounts.CODES})\b", self.text)
        found = found or [amounts.CURRENCIES[sign] for sign in re.findall("[€£$]", self.text)]
        return max(sorted(set(found)), key=found.count) if found else None

    def writes_month_first(self):
        """Americans do: where one date can be read in no other way, all are; else by language and currency."""
        pairs = re.findall(r"(?<![\w.])([0-9]{1,2})/([0-9]{1,2})/(?:[0-9]{4}|[0-9]{2})(?!\w)", self.text)
        if any(int(second) > 12 for _, second in pairs):
            return True
        if any(int(first) > 12 for first, _ in pairs):
            return False
        return self.language == "en" and self.currency == "USD"

    def places_of(self, field):
        for row, line in enumerate(self.lines):
            for match in LABELS[field].finditer(line):
                yield row, match.start(), match.end()

    def below(self, row, start, end, rows=2):
        """The cells under a label, nearest first: what overlaps its column in the next lines that are not empty."""
        for line in [line for line in self.lines[row + 1:row + 5] if line.strip()][:rows]:
            for cell in re.finditer(r"\S+(?: \S+)*", line):
                if cell.start() <= end + 2 and cell.end() >= start - 2:
                    yield cell[0]

    def number(self):
        for row, start, end in self.places_of("number"):
            rest = self.lines[row][end:]
            match = NUMBER_VALUE.match(rest)
            candidates = [match[1]] if match else []
            if not rest.strip(" .:#") or not match:
                candidates += [word[1] for cell in self.below(row, start, end, 1) if (word := NUMBER_VALUE.match(cell))]
            for candidate in candidates:
                if not amounts.dates_in(candidate, False) and candidate not in self.decimals():
                    return candidate
        return None

    def decimals(self):
        return {line[amount.start:amount.end].strip() for line in self.lines for amount in amounts.amounts_in(line, self.decimal) if amount.currency}

    def date(self, field):
        for row, start, end in self.places_of(field):
            line = self.lines[row]
            if field == "date" and self.taken_by_another(line, start, end):
                continue
            # Beside the label, with no other label between.
            limit = min([match.start() for name, pattern in LABELS.items() if name != field for match in pattern.finditer(line, end)], default=len(line))
            beside = [day for place, _, day in amounts.dates_in(line[:limit], self.month_first) if place >= end]
            if beside:
                return beside[0]
            for cell in self.below(row, start, end):
                for _, _, day in amounts.dates_in(cell, self.month_first):
                    return day
        return None

    @staticmethod
    def taken_by_another(line, start, end):
        """Whether the word is a part of another label: `due date`, `Lieferdatum`."""
        return any(match.start() <= start < match.end() and match.end() - match.start() > end - start
                   for name in ("dueDate", "serviceDate") for match in LABELS[name].finditer(line)) or bool(
                       re.search(r"(?:order|bestell|delivery|commande|liefer|birth|du|due|service)[\w-]*\s?$", line[:start], re.IGNORECASE))

    def first_date(self):
        """Letters often carry their date without a label, near the top."""
        for line in self.lines[:40]:
            for _, _, day in amounts.dates_in(line, self.month_first):
                return day
        return None

    def due_by_terms(self, issued):
        match = TERMS.search(self.text)
        return issued + datetime.timedelta(days=int(match[1])) if match and issued else None

    def sums(self):
        """Every amount that a label claims: `(kind, strength, row, value)`."""
        found = []
        for row, line in enumerate(self.lines):
            labels = [match for match in SUM.finditer(line)]
            values = amounts.amounts_in(line, self.decimal)
            for place, label in enumerate(labels):
                kind, strength, _ = SUMS[int(label.lastgroup[1:])]
                if kind == "tax" and INCLUDED.search(line[:label.start()]) and any(SUMS[int(m.lastgroup[1:])][0] != "tax" for m in labels[:place]):
                    continue
                limit = next((later.start() for later in labels[place + 1:] if not INCLUDED.search(line[:later.start()])), len(line))
                beside = [amount for amount in values if label.end() <= amount.start < limit]
                if beside:
                    found.append((kind, strength, row, beside[-1].value))
                elif not any(amount.start >= label.end() for amount in values):
                    for below in range(row + 1, min(row + 3, len(self.lines))):
                        under = [amount for amount in amounts.amounts_in(self.lines[below], self.decimal)
                                 if amount.start <= label.end() + 2 and amount.end >= label.start() - 2]
                        if under:
                            found.append((kind, strength, below, under[0].value))
                            break
        return found

    def totals(self):
        """`{net, tax, gross}`: of all amounts with a fitting label those that add up, the strongest labels before others."""
        found = self.sums()
        net, tax, gross = ([(strength, row, value) for kind, strength, row, value in found if kind == wanted][-12:]
                           for wanted in ("net", "tax", "gross"))
        # Several rates of tax: one line for each.
        lines = {(row, value) for _, row, value in tax}
        if len(lines) > 1:
            tax = tax + [(3, max(row for row, _ in lines), sum(value for _, value in lines))]
        fitting = [(first[0] + second[0] + third[0], third[1], first[2], second[2], third[2])
                   for first in net for second in tax for third in gross
                   if abs(first[2] + second[2] - third[2]) <= TOLERANCE and (second[2] != 0 or first[2] == third[2])]
        if fitting:
            _, _, *values = max(fitting)
            return dict(zip(("net", "tax", "gross"), values)), []
        values = {name: max(candidates)[2] if candidates else None for name, candidates in (("net", net), ("tax", tax), ("gross", gross))}
        known = [name for name, value in values.items() if value is not None]
        derived = []
        if sorted(known) == ["gross", "tax"] and values["tax"] < values["gross"]:
            values["net"], derived = values["gross"] - values["tax"], ["net"]
        elif sorted(known) == ["net", "tax"]:
            values["gross"], derived = values["net"] + values["tax"], ["gross"]
        elif sorted(known) == ["gross", "net"] and values["gross"] >= values["net"]:
            values["tax"], derived = values["gross"] - values["net"], ["tax"]
        return values, derived

    def items(self):
        """Rows whose amount is a quantity times a price: found by that, whatever the columns are called."""
        rows = []
        for line in self.lines:
            values = amounts.amounts_in(line, self.decimal)
            if len(values) < 2:
                continue
            price, total = values[-2], values[-1]
            counts = [(match, amounts.value_of(match[1].replace(",", "."))[0]) for match in QUANTITY.finditer(line)
                      if not any(amount.start < match.end() and match.start() < amount.end for amount in values)]
            for match, quantity in counts:
                if match.start() < total.start and quantity and abs(quantity * price.value - total.value) <= TOLERANCE / 2:
                    head = line[:min(match.start(), price.start)] or line
                    rows.append({"description": re.sub(r"^\s*[0-9]{1,3}[.)]?\s{2,}", "", head).strip()[:200], "quantity": str(quantity),
                                 "unitPrice": str(price.value), "amount": str(total.value)})
                    break
        return rows[:500]

    def read(self):
        totals, derived = self.totals()
        rows = self.items()
        issued = self.date("date") or self.first_date()
        due = self.date("dueDate")
        vat = identifiers.vat_ids_in(self.text)
        supplier, customer = parties.of(self.lines)
        rates = sorted({amounts.value_of(rate)[0] for line in self.lines if re.search(VAT_WORDS, line, re.IGNORECASE) for rate in RATE.findall(line)})
        written = {name: None if value is None else f"{value:.2f}" for name, value in totals.items()}
        return {
            "number": self.number(), "date": text_of(issued), "dueDate": text_of(due or self.due_by_terms(issued)),
            "serviceDate": text_of(self.date("serviceDate")), "currency": self.currency, "language": self.language, **written,
            "derived": derived, "taxRates": [f"{rate.normalize():f}" for rate in rates], "ibans": identifiers.ibans_in(self.text),
            "vatIds": [{"id": number, "country": country, "checked": checked,
                        "of": parties.owner(self.text, place)} for number, country, checked, place in vat],
            "supplier": supplier, "customer": customer, "lines": rows, "checks": checks(totals, derived, rows, rates)}


def checks(totals, derived, rows, rates):
    """What adds up: true, false, or null where the invoice says too little for the check."""
    net, tax, gross = totals["net"], totals["tax"], totals["gross"]
    whole = None if derived or None in (net, tax, gross) else abs(net + tax - gross) <= TOLERANCE
    total = sum((amounts.Decimal(row["amount"]) for row in rows), amounts.Decimal(0))
    lines = None if not rows or net is None else abs(total - net) <= TOLERANCE or (gross is not None and abs(total - gross) <= TOLERANCE)
    rate = None if len(rates) != 1 or derived or None in (net, tax) else abs(net * rates[0] / 100 - tax) <= TOLERANCE
    return {"netPlusTaxIsGross": whole, "linesAddUp": lines, "taxFitsRate": rate}


def language_of(text):
    counts = {language: len(re.findall(rf"\b(?:{words})\b", text, re.IGNORECASE)) for language, words in LANGUAGES.items()}
    best = max(counts, key=counts.get)
    return best if counts[best] else None


def text_of(day):
    return day.isoformat() if day else None
