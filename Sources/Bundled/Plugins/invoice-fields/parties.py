"""Who sends an invoice and who is to pay it."""

import re

LEGAL_FORM = re.compile(
    r"(?<!\w)(?:"
    r"GmbH(?: & Co\. ?KG(?:aA)?)?|mbH|AG|KG|OHG|UG(?: \(haftungsbeschränkt\))?|e\.? ?K\.?|GbR|eG|SE|"
    r"Ltd\.?|Limited|LLP|LLC|Inc\.?|Corp\.?|PLC|plc|"
    r"S\.?A\.?R\.?L\.?|SAS|S\.A\.S\.|SA|S\.A\.|EURL|SCI|SNC|"
    r"B\.?V\.?|N\.?V\.?|S\.?r\.?l\.?|S\.?p\.?A\.?|S\.?L\.?|Oy|AB|A/S|ApS|Sp\. z o\.o\.)(?!\w)")
TO = re.compile(
    r"(?<!\w)(?:bill(?:ed)? to|invoice to|sold to|ship to|customer|client|to|"
    r"rechnungsempfänger|rechnung an|rechnungsadresse|kunde|an|factur[ée] [àa]|adress[ée] [àa]|destinataire)\s*:?\s*$",
    re.IGNORECASE)
FROM = re.compile(
    r"(?<!\w)(?:from|supplier|seller|sold by|vendor|von|lieferant|absender|[ée]metteur|fournisseur|vendeur|de)\s*:?\s*$",
    re.IGNORECASE)
OF_CUSTOMER = re.compile(
    r"(?:your|customer|client|buyer|ihre?|kunden?|votre|du client)[ '’.-]{0,2}(?:s )?"
    r"(?:vat|ust|tva|tax|umsatz|n°|no|num)[^\n]{0,40}$", re.IGNORECASE)
NO_NAME = re.compile(
    r"(?:tax )?invoice|rechnung|facture|page|seite|date|datum|(?:credit|debit) note|gutschrift|avoir|original|copy|\W*[0-9]",
    re.IGNORECASE)


def of(lines):
    """The names of both, or None. By words such as `bill to`, by legal forms, and by who stands first."""
    cells = [(row, cell.start(), cell[0].strip(" ,;|")) for row, line in enumerate(lines[:400])
             for cell in re.finditer(r"\S+(?: \S+)*", line)]
    customer = beneath(lines, TO)
    supplier = beneath(lines, FROM)
    block = customer and address(lines, *customer[:2])
    if supplier is None:
        names = [cell for cell in cells if LEGAL_FORM.search(cell[2]) and not within(cell, block) and len(cell[2]) < 100]
        supplier = names[0] if names else None
    if supplier is None:
        names = [cell for cell in cells if re.search(r"[^\W\d_]{2}", cell[2]) and not NO_NAME.match(cell[2])
                 and ":" not in cell[2] and not within(cell, block)]
        supplier = names[0] if names else None
    return supplier and named(supplier[2]), customer and named(customer[2])


def beneath(lines, label):
    """The cell under a label, or behind its colon."""
    for row, line in enumerate(lines[:200]):
        for cell in re.finditer(r"\S+(?: \S+)*", line):
            head, colon, value = cell[0].partition(":")
            if colon and value.strip() and label.search(head) and label.match(head):
                return row, cell.start(), value.strip()
            if label.match(cell[0]) and label.search(cell[0]):
                if not cell[0].endswith(":") and len(cell[0]) < 6:
                    continue  # a word in the middle of something
                for below in range(row + 1, min(row + 4, len(lines))):
                    for under in re.finditer(r"\S+(?: \S+)*", lines[below]):
                        if under.start() <= cell.end() and under.end() >= cell.start() and abs(under.start() - cell.start()) < 12:
                            return below, under.start(), under[0]
    return None


def address(lines, row, column):
    """The rows and the column of an address: six lines at most, up to an empty one."""
    end = next((below for below in range(row, row + 6) if below >= len(lines) or not lines[below].strip()), row + 5)
    return row - 1, end, column


def within(cell, block):
    return block is not None and block[0] <= cell[0] <= block[1] and abs(cell[1] - block[2]) < 12


def named(text):
    """The name alone, without the address that letters put behind it in one line."""
    form = LEGAL_FORM.search(text)
    if form:
        return text[:form.end()].strip()[:200]
    return re.split(r" [·•|–] | - |, ", text)[0].strip()[:200]


def owner(text, place):
    """Whose VAT number stands there: what is not called the customer's is the supplier's."""
    return "customer" if OF_CUSTOMER.search(text[max(0, place - 80):place]) else "supplier"
