"""Sums of money and dates as invoices in English, German and French write them."""

import datetime
import re
from decimal import Decimal

CURRENCIES = {"€": "EUR", "£": "GBP", "$": "USD", "US$": "USD", "¥": "JPY", "zł": "PLN", "kr": "SEK", "Fr.": "CHF"}
CODES = "EUR|USD|GBP|CHF|JPY|PLN|SEK|NOK|DKK|CZK|HUF|CAD|AUD|NZD|CNY|INR|RON|BGN|TRY|ZAR|BRL|MXN|SGD|HKD"
CURRENCY = rf"(?:US\$|[€£$¥]|zł|kr\b|Fr\.|\b(?:{CODES})\b)"
# Groups of three behind a point, a comma, an apostrophe or a space; then at most two decimals.
NUMBER = r"(?:[0-9]{1,3}(?:[ \u00a0\u202f.,'’][0-9]{3}){1,4}(?:[.,][0-9]{2})?|[0-9]{1,12}(?:[.,][0-9]{1,2})?)"
AMOUNT = re.compile(
    rf"(?<![\w.,/%-])(?P<before>{CURRENCY})?[ \u00a0]?(?P<sign>[-−])?[ \u00a0]?(?P<before2>{CURRENCY})?[ \u00a0]?"
    rf"(?P<number>{NUMBER})"
    rf"(?:[ \u00a0]?(?P<behind>{CURRENCY}))?(?![\w/]|[.,:-][0-9]|[ \u00a0]?%)")


class Amount:
    """A sum with the currency that stands beside it, and where. `exact` if it has two decimals."""

    __slots__ = ("value", "currency", "start", "end", "exact")

    def __init__(self, match, decimal):
        self.value, self.exact = value_of(match["number"], decimal)
        if match["sign"]:
            self.value = -self.value
        sign = match["before"] or match["before2"] or match["behind"]
        self.currency = CURRENCIES.get(sign, sign) if sign else None
        self.start, self.end = match.span()


def amounts_in(line, decimal=None):
    """The amounts of a line. `decimal` is the mark that the document uses, for numbers that could be read both ways."""
    found = []
    for match in AMOUNT.finditer(line):
        amount = Amount(match, decimal)
        if amount.exact or amount.currency:
            found.append(amount)
    return found


def value_of(text, decimal=None):
    """The value, and whether it has decimals: of `1.234,56`, `1,234.56`, `1 234,56`, `1'234.56` and `1234.5`."""
    text = re.sub("[ \u00a0\u202f'’]", "", text)
    places = [place for place, character in enumerate(text) if character in ".,"]
    if not places:
        return Decimal(text), False
    last = places[-1]
    behind = len(text) - last - 1
    # Three digits behind the only mark: thousands, unless the document writes its decimals so.
    is_decimal = behind != 3 and (len(places) == 1 or text[last] != text[places[0]])
    if behind == 3 and len(places) == 1 and decimal == text[last] and len(text[:last]) > 3:
        is_decimal = True
    if not is_decimal:
        return Decimal(re.sub("[.,]", "", text)), False
    return Decimal(re.sub("[.,]", "", text[:last]) + "." + text[last + 1:]), True


def decimal_mark(text):
    """The mark before the two decimals of most numbers in a text, or None."""
    marks = re.findall(r"[0-9]([.,])[0-9]{2}(?![0-9.,])", text)
    return max(set(marks), key=marks.count) if marks else None


MONTHS = {}
for _number, _names in enumerate([
        "january januar jänner janvier jan janv", "february februar feber février fevrier feb févr", "march märz maerz mars mar mär",
        "april avril apr avr", "may mai", "june juni juin jun", "july juli juillet jul juil", "august août aout aug",
        "september septembre sep sept", "october oktober octobre oct okt", "november novembre nov",
        "december dezember décembre decembre dec dez déc"], 1):
    for _name in _names.split():
        MONTHS[_name] = _number
NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))
DATES = [
    ("ymd", re.compile(r"(?<![\w.-])(?P<y>[12][0-9]{3})[-./](?P<m>[0-9]{1,2})[-./](?P<d>[0-9]{1,2})(?![\w-])")),
    ("numbers", re.compile(
        r"(?<![\w.,-])(?P<a>[0-9]{1,2})(?P<s>[./-])[ ]?(?P<b>[0-9]{1,2})(?P=s)[ ]?(?P<y>[12][0-9]{3}|[0-9]{2})(?![\w-])")),
    ("dmy", re.compile(rf"(?<![\w.,-])(?P<d>[0-9]{{1,2}})(?:\.|er|st|nd|rd|"
                       rf"th)?[ -]?(?:of )?(?P<name>{NAMES})\.?,?[ -]?(?P<y>[12][0-9]{{3}})(?!\w)",
                       re.IGNORECASE)),
    ("mdy", re.compile(rf"(?<!\w)(?P<name>{NAMES})\.?[ ](?P<d>[0-9]{{1,2}})(?:st|nd|rd|"
                       rf"th)?,?[ ](?P<y>[12][0-9]{{3}})(?!\w)", re.IGNORECASE)),
]


def dates_in(line, month_first):
    """`(start, end, date)` of every date in a line, in order. Only days that exist."""
    found = []
    for kind, pattern in DATES:
        for match in pattern.finditer(line):
            parts = match.groupdict()
            year = int(parts["y"]) + (2000 if len(parts["y"]) == 2 else 0)
            if kind == "numbers":
                first, second = int(parts["a"]), int(parts["b"])
                # A point is never put behind the month, and a 13th month does not exist.
                month_before = (month_first and parts["s"] != "." or second > 12) and first <= 12
                month, day = (first, second) if month_before else (second, first)
            else:
                month, day = MONTHS[parts["name"].lower()] if "name" in parts else int(parts["m"]), int(parts["d"])
            try:
                found.append((match.start(), match.end(), datetime.date(year, month, day)))
            except ValueError:
                continue
    return sorted(found)
