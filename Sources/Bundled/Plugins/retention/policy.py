"""How long documents of a class are kept, and where one stands on a day. Pure: dates in, dates and words out."""

import calendar
import datetime
import fnmatch
import re

PERIOD = re.compile(r"([1-9][0-9]{0,3})(d|w|m|y)")
STATES = ["current", "due", "overdue", "on-hold", "deleted"]


class Rule:
    """One class of the configuration. Raises ValueError for a period that is none."""

    def __init__(self, values):
        self.name = values["name"]
        self.media_types = values.get("media-types", [])
        self.names = values.get("names", [])
        self.from_year_end = values.get("starts", "received") == "year-end"
        match = PERIOD.fullmatch(values["keep"])
        if not match:
            raise ValueError(f"class {self.name}: not a period: {values['keep'][:40]}")
        self.count, self.unit = int(match[1]), match[2]

    def fits(self, name, media_type):
        """Whether one of the media types and one of the name patterns fits; a list that is empty fits everything."""
        kind = media_type.partition(";")[0].strip().lower()
        return (not self.media_types or any(fnmatch.fnmatchcase(kind, wanted.lower()) for wanted in self.media_types)) and (
            not self.names or any(fnmatch.fnmatchcase(name.lower(), wanted.lower()) for wanted in self.names))

    def due(self, received):
        """The first day on which a document need not be kept any more."""
        start = datetime.date(received.year, 12, 31) if self.from_year_end else received
        if self.unit in "dw":
            return start + datetime.timedelta(days=self.count * (7 if self.unit == "w" else 1))
        months = start.year * 12 + start.month - 1 + self.count * (12 if self.unit == "y" else 1)
        year, month = divmod(months, 12)
        if year > 9999:
            return datetime.date.max
        # The 31st of a month that has none is its last day.
        return datetime.date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def classified(rules, name, media_type):
    """The first rule that fits; the last of the configuration's rules fits everything."""
    return next((rule for rule in rules if rule.fits(name, media_type)), None)


def state_of(record, day, notice):
    """Where a document stands on a day; `due` from `notice` days before its period ends."""
    if record.get("deleted") and record["deleted"][:10] <= day.isoformat():
        return "deleted"
    if record.get("hold"):
        return "on-hold"
    due = datetime.date.fromisoformat(record["due"])
    if day >= due:
        return "overdue"
    return "due" if day >= due - datetime.timedelta(days=notice) else "current"


def violation_of(record):
    """What was wrong with a deletion: it came before the period had ended, or during a hold."""
    if not record.get("deleted"):
        return None
    if record.get("hold"):
        return "deleted on hold"
    return "deleted early" if record["deleted"][:10] < record["due"] else None
