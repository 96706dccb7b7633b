"""Account numbers and VAT identification numbers, with their check digits."""

import re

from accounts import IBAN_LENGTHS, iban, luhn

IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?=[ \u00a0]?[A-Z0-9])")


def ibans_in(text):
    """The valid account numbers, without spaces, each once."""
    found = []
    for match in IBAN.finditer(text):
        length = IBAN_LENGTHS.get(match[0][:2], 0)
        number = re.sub("[ \u00a0]", "", re.match("(?:[A-Z0-9][ \u00a0]?)*", text[match.start():match.start() + 2 * length])[0])[:length]
        if iban(number) and number not in found:
            found.append(number)
    return found


def weighted(digits, weights):
    return sum(int(digit) * weight for digit, weight in zip(digits, weights))


def german(number):
    product = 10
    for digit in number[:8]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(number[8])


def austrian(number):
    total = sum(sum(divmod(int(digit) * (2 if place % 2 else 1), 10)) for place, digit in enumerate(number[1:8]))
    return (96 - total) % 10 == int(number[8])


def french(number):
    return not number[:2].isdigit() or (12 + 3 * (int(number[2:]) % 97)) % 97 == int(number[:2])


def belgian(number):
    return 97 - int(number[:8]) % 97 == int(number[8:])


def dutch(number):
    """Of businesses by the eleven test; since 2020 also modulo 97 over the whole with letters as numbers."""
    if weighted(number[:8], range(9, 1, -1)) % 11 == int(number[8]):
        return True
    return int("".join(str(int(letter, 36)) for letter in "NL" + number)) % 97 == 1


def british(number):
    total = weighted(number[:7], range(8, 1, -1)) + int(number[7:9])
    return total % 97 == 0 or (total + 55) % 97 == 0


def polish(number):
    return weighted(number[:9], [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == int(number[9])


def danish(number):
    return weighted(number, [2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0


def finnish(number):
    return (11 - weighted(number, [7, 9, 10, 5, 8, 4, 2]) % 11) % 11 == int(number[7])


def portuguese(number):
    check = 11 - weighted(number, range(9, 1, -1)) % 11
    return (check if check < 10 else 0) == int(number[8])


def swiss(number):
    return (11 - weighted(number[1:9] if len(number) > 9 else number, [5, 4, 3, 2, 7, 6, 5, 4]) % 11) % 11 == int(number[-1])


def spanish(number):
    """Of persons by their letter modulo 23, of companies by the sum that their check character stands for."""
    if number[0].isdigit() or number[0] in "XYZ":
        digits = {"X": "0", "Y": "1", "Z": "2"}.get(number[0], number[0]) + number[1:8]
        return "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23] == number[8]
    odd = sum(sum(divmod(2 * int(digit), 10)) for digit in number[1:8:2])
    check = -(odd + sum(int(digit) for digit in number[2:8:2])) % 10
    return number[8] in (str(check), "JABCDEFGHI"[check])


VAT = [
    # Country, the number behind its code, and the check where one exists.
    ("DE", r"[0-9]{9}", german), ("AT", r"U[0-9]{8}", austrian), ("FR", r"[0-9A-HJ-NP-Z]{2}[0-9]{9}", french),
    ("BE", r"[01][0-9]{9}", belgian), ("NL", r"[0-9]{9}B[0-9]{2}", dutch), ("IT", r"[0-9]{11}", luhn),
    ("ES", r"[0-9A-Z][0-9]{7}[0-9A-Z]", spanish), ("GB", r"[0-9]{9}(?:[0-9]{3})?", british), ("PL", r"[0-9]{10}", polish),
    ("DK", r"[0-9]{8}", danish), ("FI", r"[0-9]{8}", finnish), ("SE", r"[0-9]{10}01", lambda number: luhn(number[:10])),
    ("LU", r"[0-9]{8}", lambda number: int(number[:6]) % 89 == int(number[6:])), ("PT", r"[0-9]{9}", portuguese),
    ("CHE", r"[0-9]{9}", swiss), ("IE", r"[0-9][0-9A-Z+*][0-9]{5}[A-Z]{1,2}", None), ("CZ", r"[0-9]{8,10}", None),
    ("HU", r"[0-9]{8}", None), ("RO", r"[0-9]{2,10}", None), ("GR", r"[0-9]{9}", None), ("EL", r"[0-9]{9}", None),
]
VAT_START = re.compile(r"(?<![A-Za-z0-9])(" + "|".join(country for country, _, _ in VAT) + r")(?=[ .-]?[0-9A-Z])")


def vat_ids_in(text):
    """`(id, country, whether its check digit was checked, place)`; numbers with a wrong check digit are left out."""
    found = []
    for match in VAT_START.finditer(text):
        country = match[1]
        pattern, check = next((pattern, check) for code, pattern, check in VAT if code == country)
        rest = re.match(r"[ .-]?(?:[0-9A-Z+*][ .-]?){0,13}", text[match.end():match.end() + 30])[0]
        number = re.match(pattern + r"(?![0-9A-Z])", squeezed(rest, pattern))
        if number and (check is None or check(number[0])) and country + number[0] not in [known for known, _, _, _ in found]:
            found.append((country + number[0], country[:2], check is not None, match.start()))
    return found


def squeezed(text, pattern):
    """The number without the spaces, points and hyphens in it, and without the words behind it."""
    parts = re.split(r"[ .-]", text.strip(" .-"))
    for count in range(len(parts), 0, -1):
        joined = "".join(parts[:count])
        if re.fullmatch(pattern, joined):
            return joined
    return "".join(parts)
