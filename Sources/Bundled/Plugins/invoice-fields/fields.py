"""What an invoice says, from its text as it lies on the page: labels, the values beside or below them, and what adds up."""

import datetime
import re

import amounts
import identifiers
import labels
import parties

NUMBER_VALUE = re.compile(
    r"[\s.:#№-]{0,80}((?=[A-Z/_.-]{0,20}[0-9])[A-Z0-9][A-Z0-9/_.-]{0,30}[A-Z0-9]|[0-9])(?![\w/]|[.,-][0-9])", re.IGNORECASE)
QUANTITY = re.compile(r"(?<![\w.,])([0-9]{1,6}(?:[.,][0-9]{1,3})?)(?![\w]|[.,][0-9]|\s?%)")
RATE = re.compile(r"([0-9]{1,2}(?:[.,][0-9]{1,2})?)\s?%")
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
            for match in labels.FIELDS[field].finditer(line):
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
        return {line[amount.start:amount.end].strip() for line in self.lines
                for amount in amounts.amounts_in(line, self.decimal) if amount.currency}

    def date(self, field):
        for row, start, end in self.places_of(field):
            line = self.lines[row]
            if field == "date" and self.taken_by_another(line, start, end):
                continue
            # Beside the label, with no other label between.
            limit = min((match.start() for name, pattern in labels.FIELDS.items() if name != field
                         for match in pattern.finditer(line, end)), default=len(line))
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
                   for name in ("dueDate", "serviceDate") for match in labels.FIELDS[name].finditer(line)) or bool(
                       re.search(r"(?:order|bestell|delivery|commande|liefer|birth|du|due|"
                                 r"service)[\w-]*\s?$", line[:start], re.IGNORECASE))

    def first_date(self):
        """Letters often carry their date without a label, near the top."""
        for line in self.lines[:40]:
            for _, _, day in amounts.dates_in(line, self.month_first):
                return day
        return None

    def due_by_terms(self, issued):
        match = labels.TERMS.search(self.text)
        return issued + datetime.timedelta(days=int(match[1])) if match and issued else None

    def sums(self):
        """Every amount that a label claims: `(kind, strength, row, value)`."""
        found = []
        for row, line in enumerate(self.lines):
            matches = list(labels.SUM.finditer(line))
            values = amounts.amounts_in(line, self.decimal)
            for place, match in enumerate(matches):
                kind, strength = labels.sum_of(match)
                of_a_sum = any(labels.sum_of(before)[0] != "tax" for before in matches[:place])
                if kind == "tax" and of_a_sum and includes(line, match):
                    continue
                limit = next((later.start() for later in matches[place + 1:] if not includes(line, later)), len(line))
                beside = [amount for amount in values if match.end() <= amount.start < limit]
                if beside:
                    found.append((kind, strength, row, beside[-1].value))
                elif not any(amount.start >= match.end() for amount in values):
                    found += [(kind, strength, below, value) for below, value in self.amount_below(row, match)]
        return found

    def amount_below(self, row, match):
        """The nearest amount in the column of a label, in the two lines under it."""
        for below in range(row + 1, min(row + 3, len(self.lines))):
            for amount in amounts.amounts_in(self.lines[below], self.decimal):
                if amount.start <= match.end() + 2 and amount.end >= match.start() - 2:
                    return [(below, amount.value)]
        return []

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
        values = {name: max(candidates)[2] if candidates else None
                  for name, candidates in (("net", net), ("tax", tax), ("gross", gross))}
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
                    description = re.sub(r"^\s*[0-9]{1,3}[.)]?\s{2,}", "", head).strip()[:200]
                    rows.append({"description": description, "quantity": str(quantity), "unitPrice": str(price.value),
                                 "amount": str(total.value)})
                    break
        return rows[:500]

    def read(self):
        totals, derived = self.totals()
        rows = self.items()
        issued = self.date("date") or self.first_date()
        due = self.date("dueDate")
        vat = identifiers.vat_ids_in(self.text)
        supplier, customer = parties.of(self.lines)
        taxed = [line for line in self.lines if re.search(labels.VAT, line, re.IGNORECASE)]
        rates = sorted({amounts.value_of(rate)[0] for line in taxed for rate in RATE.findall(line)})
        written = {name: None if value is None else f"{value:.2f}" for name, value in totals.items()}
        return {
            "number": self.number(), "date": text_of(issued), "dueDate": text_of(due or self.due_by_terms(issued)),
            "serviceDate": text_of(self.date("serviceDate")), "currency": self.currency, "language": self.language, **written,
            "derived": derived, "taxRates": [f"{rate.normalize():f}" for rate in rates], "ibans": identifiers.ibans_in(self.text),
            "vatIds": [{"id": number, "country": country, "checked": checked,
                        "of": parties.owner(self.text, place)} for number, country, checked, place in vat],
            "supplier": supplier, "customer": customer, "lines": rows, "checks": checks(totals, derived, rows, rates)}


def includes(line, match):
    """Whether the sum of a line is said to hold this tax, as in `total incl. VAT`."""
    return labels.INCLUDED.search(line[:match.start()]) is not None


def checks(totals, derived, rows, rates):
    """What adds up: true, false, or null where the invoice says too little for the check."""
    net, tax, gross = totals["net"], totals["tax"], totals["gross"]
    whole = None if derived or None in (net, tax, gross) else abs(net + tax - gross) <= TOLERANCE
    total = sum((amounts.Decimal(row["amount"]) for row in rows), amounts.Decimal(0))
    # Where prices include the tax, the rows make the gross.
    lines = None if not rows or net is None else any(abs(total - value) <= TOLERANCE for value in (net, gross) if value is not None)
    rate = None if len(rates) != 1 or derived or None in (net, tax) else abs(net * rates[0] / 100 - tax) <= TOLERANCE
    return {"netPlusTaxIsGross": whole, "linesAddUp": lines, "taxFitsRate": rate}


def language_of(text):
    counts = {language: len(re.findall(rf"\b(?:{words})\b", text, re.IGNORECASE)) for language, words in labels.LANGUAGES.items()}
    best = max(counts, key=counts.get)
    return best if counts[best] else None


def text_of(day):
    return day.isoformat() if day else None
