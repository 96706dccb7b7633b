"""The words by which invoices in English, German and French say what stands beside or below them."""

import re


def any_of(*words):
    """One of the words, as a whole one; of those that fit at a place the first, so the longer ones stand before."""
    return re.compile(r"(?<![\w-])(?:" + "|".join(words) + r")(?!\w)", re.IGNORECASE)


FIELDS = {
    "number": any_of(
        r"(?:tax )?invoice\s*(?:no\.?|number|nr\.?|#|id)", r"invoice\s*:", r"(?:bill|document|beleg)\s*(?:no\.?|number|nr\.?|nummer)",
        r"rechnung(?:s|s-|s\s)?\s*-?(?:nr\.?|nummer)", r"rechnung\s*:", r"rechnung (?=[A-Z]{0,4}[-/]?[0-9])",
        r"facture\s*(?:n°|nº|no\.?|num[ée]ro)", r"(?:n°|nº|num[ée]ro)\s*(?:de )?(?:la )?facture", r"facture\s*:"),
    "date": any_of(
        r"invoice date", r"date of (?:issue|invoice)", r"issue date", r"issued(?: on)?",
        r"rechnungsdatum", r"ausstellungsdatum", r"belegdatum",
        r"date de (?:la )?facture", r"date de facturation", r"date d['’][ée]mission", r"(?:[ée]mise? )le", r"datum", r"date"),
    "dueDate": any_of(
        r"due date", r"payment due(?: date| by| on)?", r"due(?: on| by)", r"pay(?:able)? (?:by|until|before)",
        r"fällig(?:keit|keitsdatum)?(?: am| bis)?", r"zahlbar bis(?: zum)?", r"zahlungsziel",
        r"date d['’][ée]ch[ée]ance", r"[ée]ch[ée]ance", r"[àa] payer avant(?: le)?", r"payable (?:avant )?le"),
    "serviceDate": any_of(
        r"(?:delivery|service|supply) (?:date|period)", r"date of supply", r"(?:leistungs|liefer)(?:datum|zeitraum)",
        r"date de (?:livraison|prestation)"),
}

VAT = r"(?:vat|gst|tax(?:es)?|mwst\.?|ust\.?|umsatzsteuer|mehrwertsteuer|tva|taxe)"
# Kind, strength, words. The more special words first: what they have taken, the general ones behind do not see.
SUMS = [
    ("net", 3, [
        r"sub-?\s?total", r"net(?:\s(?:total|amount|value|sum))", r"net price", rf"{VAT}-?exclusive",
        rf"total (?:net|excl(?:\.|uding|usive)?(?: of)? {VAT}|before {VAT}|h\.?t\.?(?!\w)|hors {VAT}s?)",
        r"zwischensumme", r"netto(?:betrag|summe|gesamt)", r"summe netto", r"gesamt(?:betrag)? (?:\(?netto\)?)",
        r"montant (?:net )?h\.?t\.?", r"sous-total", r"base ht"]),
    ("gross", 3, [
        rf"(?:grand |invoice )?total (?:due|payable|amount(?: due)?|incl(?:\.|uding|usive|us)?(?: of)? ?{VAT}|ttc|[àa] payer|brutto)",
        r"total toutes taxes comprises", r"grand total", r"(?:amount|balance) (?:due|payable)", r"total(?=\s*\((?:incl|ttc|brutto))",
        r"gesamtbetrag", r"rechnungsbetrag", r"endbetrag", r"bruttobetrag", r"zahlbetrag", r"(?:noch )?zu zahlen(?:der betrag)?",
        r"gesamtsumme", r"endsumme", r"summe brutto", r"gesamt (?:\(?brutto\)?)",
        r"net [àa] payer", r"montant (?:ttc|total ttc|d[ûu])"]),
    # Not the number under which the tax office knows somebody, nor the heading of a column.
    ("tax", 3, [
        rf"(?:sales |plus |zzgl\.? |total )?{VAT}"
        r"(?![ .-]{0,2}(?:id|no\b|nr|number|num|reg|intra|n°|invoice|ident|rate|excl|office|nummer|satz|point))"]),
    ("net", 2, ["netto", "net", "nett"]),
    ("gross", 2, ["total", "gesamt", "summe", "brutto", "gross", "betrag", "montant total"]),
]
SUM = re.compile("|".join(rf"(?P<s{place}>(?<![\w-])(?:{'|'.join(words)})(?![\w-]))" for place, (_, _, words) in enumerate(SUMS)),
                 re.IGNORECASE)


def sum_of(match):
    """The kind and the strength of a match of `SUM`."""
    kind, strength, _ = SUMS[int(match.lastgroup[1:])]
    return kind, strength


# Before the name of a tax: it is a part of the sum that the line is about.
INCLUDED = re.compile(
    r"(?:inkl|incl|enthalten|dont|of which|davon|excl|zzgl\.? gesetz)[\w.]*\s*(?:[0-9]+(?:[.,][0-9]+)?\s?%\s*)?$", re.IGNORECASE)
# Before the word `date`: it is the date of something else.
OTHER_DATE = re.compile(r"(?:order|bestell|delivery|commande|liefer|birth|du|due|service)[\w-]*\s?$", re.IGNORECASE)
TERMS = re.compile(
    r"(?:net|within|innerhalb(?: von)?|binnen|sous|dans(?: les)?|[àa]|zahlungsziel:?|payment terms:?|terms:?)\s+([0-9]{1,3})\s*"
    r"(?:days?|tagen?|jours?)", re.IGNORECASE)
LANGUAGES = {
    "en": r"invoice|due|amount|subtotal|quantity|payment|bill to|total",
    "de": r"rechnung\w*|betrag|mwst|ust|menge|fällig|zahlbar|netto|gesamt\w*",
    "fr": r"facture|montant|tva|échéance|quantité|ttc|ht|règlement|client"}
