"""Check digits of card and national identification numbers. Every function takes the number without separators."""

from accounts import luhn

CARD_RANGES = [
    # Issuer, lowest and highest prefix, lengths.
    # Visa's old numbers of 13 digits are left out: every tenth product number (EAN-13) that begins with 4 would be one.
    ("visa", "4", "4", {16, 19}), ("mastercard", "51", "55", {16}), ("mastercard", "2221", "2720", {16}),
    ("american express", "34", "34", {15}), ("american express", "37", "37", {15}),
    ("discover", "6011", "6011", {16, 19}), ("discover", "644", "649", {16, 19}), ("discover", "65", "65", {16, 19}),
    ("jcb", "3528", "3589", {16, 19}), ("diners club", "300", "305", {14, 16}), ("diners club", "3095", "3095", {14, 16}),
    ("diners club", "36", "36", {14, 16}), ("diners club", "38", "39", {14, 16}), ("unionpay", "62", "62", {16, 17, 18, 19}),
    ("maestro", "5018", "5018", {12, 13, 16, 19}), ("maestro", "5020", "5020", {12, 13, 16, 19}),
    ("maestro", "5038", "5038", {12, 13, 16, 19}), ("maestro", "5893", "5893", {16, 19}),
    ("maestro", "6304", "6304", {12, 13, 16, 19}), ("maestro", "6759", "6759", {12, 13, 16, 19}),
    ("maestro", "6761", "6763", {12, 13, 16, 19})]


def card_issuer(digits):
    """Whose card it is, or None where the number belongs to nobody or its check digit is wrong."""
    if len(set(digits)) < 2 or not luhn(digits):
        return None
    for issuer, lowest, highest, lengths in CARD_RANGES:
        if lowest <= digits[:len(lowest)] <= highest and len(digits) in lengths:
            return issuer
    return None


def german_tax_id(digits):
    """Identifikationsnummer: 11 digits, one of the first ten twice or three times, ISO 7064 modulo 11, 10."""
    counts = sorted(digits[:10].count(digit) for digit in set(digits[:10]))
    if digits[0] == "0" or counts[-1] not in (2, 3) or (len(counts) > 1 and counts[-2] > 1):
        return False
    return iso_7064(digits)


def iso_7064(digits):
    product = 10
    for digit in digits[:-1]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


def spanish_id(text):
    """DNI and NIE: the letter is the number modulo 23."""
    number = {"X": "0", "Y": "1", "Z": "2"}.get(text[0], text[0]) + text[1:-1]
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == text[-1]


ITALIAN_ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", [
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25,
    24, 23]))


def italian_fiscal_code(text):
    """Codice fiscale, decree of 12 March 1974: letters at odd places count by a table, the others by their value."""
    def even(letter):
        return int(letter) if letter.isdigit() else ord(letter) - 65
    total = sum(ITALIAN_ODD[letter] if place % 2 == 0 else even(letter) for place, letter in enumerate(text[:15]))
    return chr(65 + total % 26) == text[15]


def french_insurance_number(text):
    """NIR: 97 minus the first 13 digits modulo 97; Corsica's departments 2A and 2B count as 19 and 18."""
    number = text[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 97 - int(number) % 97 == int(text[13:])


def dutch_citizen_number(digits):
    """BSN: the eleven test, with the last digit counted negative."""
    weights = [9, 8, 7, 6, 5, 4, 3, 2, -1]
    return len(set(digits)) > 1 and sum(int(digit) * weight for digit, weight in zip(digits, weights)) % 11 == 0


def belgian_national_number(digits):
    """97 minus the first nine modulo 97, with a 2 before them for those born from 2000 on."""
    born = 1 <= int(digits[2:4]) <= 12 and 1 <= int(digits[4:6]) <= 31
    return born and any(97 - int(century + digits[:9]) % 97 == int(digits[9:]) for century in ("", "2"))


def polish_pesel(digits):
    """Weights 1 3 7 9; the month carries the century."""
    month = int(digits[2:4])
    weighted = sum(int(digit) * weight for digit, weight in zip(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]))
    return weighted % 10 == 0 and 1 <= month % 20 <= 12 and 1 <= int(digits[4:6]) <= 31


def swedish_personal_number(digits):
    """The last ten digits satisfy Luhn, and begin with a day; 60 is added to it in a co-ordination number."""
    number = digits[-10:]
    day = int(number[4:6])
    return 1 <= int(number[2:4]) <= 12 and 1 <= (day - 60 if day > 60 else day) <= 31 and luhn(number)


def finnish_identity_code(text):
    """The letter is the nine digits modulo 31."""
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(text[:6] + text[7:10]) % 31] == text[10] and 1 <= int(text[2:4]) <= 12


def ean13(digits):
    """Weights 1 and 3, modulo 10."""
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0


def british_health_number(digits):
    """NHS number: weights 10 to 2, modulo 11."""
    check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return check % 11 == int(digits[9]) and check != 10
