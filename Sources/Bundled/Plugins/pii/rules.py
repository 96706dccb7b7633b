"""Where a text names people, their accounts and their numbers: rules over the text alone, nothing is looked up."""

import re

import accounts
import checksums

KINDS = ["iban", "card", "national-id", "email", "phone", "name"]
"""In the order of their strength: where two overlap, the earlier one stands."""

CONTEXT = 48
"""Characters before a number in which a word may say what it is."""


class Finding:
    """`text[start:end]`, and what it is. `detail` says it more closely: a country, an issuer, a rule."""

    __slots__ = ("kind", "start", "end", "detail")

    def __init__(self, kind, start, end, detail):
        self.kind, self.start, self.end, self.detail = kind, start, end, detail


def find(text, kinds=KINDS):
    """The findings in `text` in the order of their places; no two overlap."""
    taken, found = [], []
    for kind in KINDS:
        if kind in kinds:
            for finding in FINDERS[kind](text):
                found.append(finding)
    found.sort(key=lambda finding: (KINDS.index(finding.kind), finding.start))
    covered = bytearray(len(text))
    for finding in found:
        if finding.start < finding.end and not any(covered[finding.start:finding.end]):
            covered[finding.start:finding.end] = b"\1" * (finding.end - finding.start)
            taken.append(finding)
    return sorted(taken, key=lambda finding: finding.start)


IBAN_START = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z]{2}[0-9]{2}(?=[ \u00a0-]?[A-Z0-9])|[a-z]{2}[0-9]{2}(?=[ \u00a0-]?[a-z0-9]))")


def find_ibans(text):
    for match in IBAN_START.finditer(text):
        length = accounts.IBAN_LENGTHS.get(match[0][:2].upper())
        end, number = match.start(), ""
        while length and len(number) < length and end < len(text):
            character = text[end]
            if character.isascii() and character.isalnum():
                number += character.upper()
            elif character not in " \u00a0-\n" or text[end - 1] in " \u00a0-\n":
                break
            end += 1
        behind = text[end:end + 1]
        if length and len(number) == length and not (behind.isascii() and behind.isalnum()) and accounts.iban(number):
            yield Finding("iban", match.start(), end, number[:2])


# Groups as cards print them; the separators within one number are all alike.
CARD = re.compile(
    r"(?<![0-9A-Za-z])(?<![0-9][.,:/-])(?:[0-9]{12,19}"
    r"|[0-9]{4}([ \u00a0-])[0-9]{4}\1[0-9]{4}\1[0-9]{1,4}(?:\1[0-9]{3})?"
    r"|[0-9]{4}([ \u00a0-])[0-9]{6}\2[0-9]{4,5})(?![0-9A-Za-z]|[.,:/-][0-9])")


def find_cards(text):
    for match in CARD.finditer(text):
        issuer = checksums.card_issuer(re.sub("[^0-9]", "", match[0]))
        if issuer:
            yield Finding("card", match.start(), match.end(), issuer)


def national(pattern, check, country, words=None):
    """A rule for one country's number. Those that are digits alone count only behind a word that says what they are."""
    alone = re.compile(r"(?<![0-9A-Za-z])(?<![0-9][.,/-])(?:" + pattern + r")(?![0-9A-Za-z]|[.,/-][0-9])")
    return alone, check, country, words and re.compile(words, re.IGNORECASE)


NATIONAL = [
    national(r"[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}", checksums.german_tax_id, "DE",
             r"steuer-?\s?(id|identifikation)|id-?nr|identifikationsnummer|\btin\b"),
    national(r"(?:[0-9]{8}|[XYZ][0-9]{7})-?[A-HJ-NP-TV-Z]", checksums.spanish_id, "ES"),
    national(r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]",
             checksums.italian_fiscal_code, "IT"),
    national(r"[12] ?[0-9]{2} ?(?:0[1-9]|1[0-2]|[2-9][0-9]) ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}",
             checksums.french_insurance_number, "FR"),
    national(r"[0-9]{9}|[0-9]{4}[. ][0-9]{2}[. ][0-9]{3}", checksums.dutch_citizen_number, "NL",
             r"\bbsn\b|burgerservice|sofi"),
    national(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}\.[0-9]{2}", checksums.belgian_national_number, "BE"),
    national(r"[0-9]{11}", checksums.belgian_national_number, "BE", r"rijksregister|registre national|national number"),
    national(r"[0-9]{11}", checksums.polish_pesel, "PL", r"pesel"),
    national(r"(?:19|20)?[0-9]{6}[-+][0-9]{4}", checksums.swedish_personal_number, "SE"),
    national(r"(?:19|20)[0-9]{10}|[0-9]{10}", checksums.swedish_personal_number, "SE",
             r"person\s?n(umme)?r|samordningsn"),
    national(r"[0-3][0-9][01][0-9]{3}[-+A-FU-Y][0-9]{3}[0-9A-FHJ-NPR-Y]", checksums.finnish_identity_code, "FI"),
    national(r"756([. ])[0-9]{4}\1[0-9]{4}\1[0-9]{2}", checksums.ean13, "CH"),
    national(r"756[0-9]{10}", checksums.ean13, "CH", r"\b(?:ahv|avs)\b|sozialvers|assurance sociale"),
    national(r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}", checksums.british_health_number, "GB", r"\bnhs\b"),
]


def find_national_ids(text):
    for pattern, check, country, words in NATIONAL:
        for match in pattern.finditer(text):
            if words and not words.search(text, max(0, match.start() - CONTEXT), match.start()):
                continue
            # In Finland the sign between is a part of the number: it says the century.
            number = match[0] if country == "FI" else re.sub("[^0-9A-Z]", "", match[0])
            if check(number):
                yield Finding("national-id", match.start(), match.end(), country)


# RFC 5321 allows more; what it allows beyond this, nobody has.
LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]{1,64}(?:\.[\w!#$%&'*+/=?^`{|}~-]{1,64}){0,8}$")
LETTER_OF_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]")
DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}(?:[^\W\d_]{2,24}|xn--[a-z0-9-]{2,59})(?![\w-])")


def find_emails(text):
    place = text.find("@")
    while place >= 0:
        start = place
        while start > 0 and place - start < 64 and LETTER_OF_LOCAL.match(text[start - 1]):
            start -= 1
        local = LOCAL.match(text[start:place].lstrip(".-"))
        domain = local and DOMAIN.match(text, place + 1, place + 256)
        if domain:
            yield Finding("email", place - len(local[0]), domain.end(), domain[0].lower())
        place = text.find("@", place + 1)


EXTENSION = r"(?:\s?(?:x|ext\.?)\s?[0-9]{1,5})?"
INTERNATIONAL = re.compile(
    r"(?<![\w+.])(?:\+[1-9][0-9]{0,2}(?:[ \u00a0./()-]{0,3}[0-9]){6,13}"
    r"|00[1-9][0-9]{0,2}(?:[ \u00a0./()-]{0,3}(?:\(0\) ?)?[0-9]{2,12}){1,5})" + EXTENSION + r"(?![\w]|[.,-][0-9])")
LABELLED = re.compile(
    r"\b(?:tel(?:efon|ephone|éfono|efono)?|t[ée]l(?:[ée]phone)?|phone|mobile?|mobil(?:telefon)?|handy|fax|telefax|"
    r"cell|call|ruf(?:nummer)?|portable|m[óo]vil|cellulare|telefoon)(?:\s?(?:number|nummer|no\.?|nr\.?))?\s?[.:]{0,2}\s{0,3}"
    r"(\(?[0-9](?:[ \u00a0./()-]{0,3}[0-9]){5,13}" + EXTENSION + r")(?![\w]|[.,][0-9])", re.IGNORECASE)
NATIONAL_PHONES = [
    # North America: 555-123-4567, (555) 123-4567, 555.123.4567, 1-555-123-4567x89
    re.compile(
        r"(?<![\w.+/-])(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[.-])[2-9][0-9]{2}[.-][0-9]{4}(?:x[0-9]{1,5})?"
        r"(?![\w]|[.-][0-9])"),
    # An area code with its zero, set off from the rest: 030 1234567, (0711) 12 34 56, 07302/81212, 01 23 45 67 89
    re.compile(
        r"(?<![\w.,+/-])(?:\(0[1-9][0-9]{0,4}\)[ -]?|0[1-9][0-9]{0,4} ?[ /-] ?)[0-9]{2,8}(?:[ -][0-9]{1,5}){0,4}"
        r"(?![\w]|[.,:/-][0-9])"),
    re.compile(r"(?<![\w.,+/-])0[1-9](?:[ .][0-9]{2}){4}(?![\w]|[.,][0-9])"),
]
DATE = re.compile(r"[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}")


def find_phones(text):
    for match in INTERNATIONAL.finditer(text):
        digits = re.sub("[^0-9]", "", match[0].partition("x")[0])
        # E.164: at most 15 digits, without the 00 of a prefix. Thirteen in a row may also be the number of a product.
        product = match[0].isdigit() and len(digits) == 13 and checksums.ean13(digits)
        if 8 <= len(digits.removeprefix("00")) <= 15 and not product:
            yield Finding("phone", match.start(), match.end(), "international")
    for match in LABELLED.finditer(text):
        if not DATE.fullmatch(match[1]):
            yield Finding("phone", match.start(1), match.end(1), "labelled")
    for pattern in NATIONAL_PHONES:
        for match in pattern.finditer(text):
            if 8 <= sum(character.isdigit() for character in match[0]) <= 16 and not DATE.fullmatch(match[0]):
                yield Finding("phone", match.start(), match.end(), "national")


WORD = r"[A-ZÀ-ÖØ-ÞĀ-ŽА-ЯΑ-Ω][\w'’]{0,30}(?:-[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’]{0,30})?"
PARTICLE = r"(?:van|von|zu|zur|zum|de|del|della|der|den|di|da|dos|du|la|le|ten|ter|bin|al|of|y|e)"
NAME = (rf"(?:{PARTICLE}[ \u00a0])?(?:{WORD}|[A-Z]\.)"
        rf"(?:[ \u00a0](?:{PARTICLE}[ \u00a0]){{0,2}}(?:{WORD}|[A-Z]\.)){{0,3}}")
TITLES = "|".join([
    r"Mr\.?|Mrs\.?|Ms\.?|Miss|Mx\.?|Sir|Dr\.?|Prof\.?(?:essor)?|Rev\.",
    r"Herrn?|Frau|Fräulein|Hr\.|Fr\.|Dipl\.-Ing\.|Ing\.|Univ\.-?Prof\.|Mag\.",
    r"M\.|Mme|Mlle|Monsieur|Madame|Mademoiselle|Maître",
    r"Sr\.|Sra\.|Srta\.|Señora?|Senhora?|Sig\.|Sig\.ra|Signora?|Dott\.|Dott\.ssa",
    r"Dhr\.|Mevr\.|Mevrouw|Meneer|Herra|Rouva|Fru"])
TITLED = rf"(?:(?:{TITLES})[ \u00a0])"
FIELDS = "|".join([
    r"full name|first name|last name|given name|family name|middle name|surname|name|contact(?: person)?|customer|patient",
    r"employee|account holder|card ?holder|recipient|signed by|attn\.?|attention",
    r"vorname|nachname|familienname|geburtsname|kontoinhaber(?:in)?|ansprechpartner(?:in)?|kunde|kundin|empfänger(?:in)?",
    r"nom|prénom|nom et prénom|titulaire|nombre|apellidos?|titular|nome|cognome|naam|voornaam|achternaam"])
GREETINGS = "|".join([
    r"Dear|Hello|Hi|Hallo|Liebe|Lieber|Guten (?:Tag|Morgen|Abend)|Sehr geehrter?|Hej|Cher|Chère|Bonjour",
    r"Caro|Cara|Gentile|Querido|Querida|Estimado|Estimada|Beste"])
CLOSINGS = "|".join([
    r"regards|sincerely|faithfully|truly|wishes|grüßen|grüssen|gruß|grüße",
    r"cordialement|salutations|saludos|saluti|atentamente|groeten"])
RULES = [
    ("title", re.compile(rf"(?<![\w.]){TITLED}+({NAME})")),
    # At the start of a line, or of a column.
    ("field", re.compile(
        rf"(?:^|[\n\t|;,]|[ ]{{2}})[ \t\"*-]{{0,8}}(?:{FIELDS})[ \t\"*]{{0,40}}[:=][ \t\"]{{0,40}}(?-i:{TITLED}*({NAME}))",
        re.IGNORECASE)),
    ("salutation", re.compile(rf"(?:^|\n)[ \t]*(?:{GREETINGS})[ \u00a0]{TITLED}*({NAME})[ \t]*[,!:]")),
    ("closing", re.compile(
        rf"(?:{CLOSINGS})[ \t]*,?[ \t]*\n(?:[ \t]*\n){{0,3}}[ \t]*(?-i:{TITLED}*({NAME}))[ \t]*(?=\n|$)", re.IGNORECASE)),
]
# Words that stand where a name could, and are none.
NO_NAMES = re.compile(
    r"(?i:sir|madam|sirs|all|team|customer|customers|colleagues|everyone|friends?|user|damen|herren|kollegen|kunde|"
    r"kundin|kunden|"
    r"madame|monsieur|messieurs|mesdames|hiring|support|service|no|none|n/a|unknown|null|true|false|der|die|das|the|"
    r"and|und|et)\b")


def find_names(text):
    for rule, pattern in RULES:
        for match in pattern.finditer(text):
            if not NO_NAMES.match(match[1]) and len(match[1]) > 1:
                yield Finding("name", match.start(1), match.end(1), rule)


FINDERS = {"iban": find_ibans, "card": find_cards, "national-id": find_national_ids, "email": find_emails, "phone": find_phones,
           "name": find_names}


def masked(kind, text):
    """Enough of it to find it again, too little to use it."""
    if kind == "email":
        local, _, domain = text.rpartition("@")
        return local[:1] + "…@" + domain
    if kind == "name":
        return " ".join(word[:1] + "…" for word in text.split())
    letters = [place for place, character in enumerate(text) if character.isalnum()]
    shown = set(letters[:4 if kind == "iban" else 0] + (letters[-4:] if len(letters) > 8 else letters[-2:]))
    return "".join(character if place in shown or not character.isalnum() else "*" for place, character in enumerate(text))
