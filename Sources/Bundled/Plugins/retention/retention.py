"""The plugin `retention`: how long which document is to be kept, what is due or overdue, and what is on hold."""

import csv
import datetime
import io
import os
import sys

# Python runs isolated (-I), without the script's folder on its path.
sys.path.insert(0, os.path.join(os.environ.get("CLOISTER_SDK", "/sdk"), "python"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import policy  # noqa: E402
from cloister import Failure, Plugin, codes  # noqa: E402

plugin = Plugin("retention", "1.0.0")

PREFIX = "document/"
COLUMNS = ["document", "name", "mediaType", "size", "class", "received", "processed", "due", "status", "hold", "deleted", "violation"]
LARGEST_REPORT = 4 << 20


@plugin.configured
def check_classes(configuration):
    try:
        rules_of(configuration)
    except ValueError as error:
        raise Failure(codes.INVALID_CONFIGURATION, str(error), "a number and d, w, m or y: 90d, 6m, 10y") from None


def rules_of(configuration):
    rules = [policy.Rule(values) for values in configuration.get("classes", [])]
    return [*rules, policy.Rule({"name": "other", "keep": configuration.get("keep-others", "1y")})]


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def record_of(call, document):
    """What is known of a document, and a new record for one that came before this plugin did."""
    known = call.storage.get(PREFIX + document["document"])
    if known is not None:
        return known
    received = now()
    name, media_type = str(document.get("name", ""))[:255], str(document.get("mediaType", ""))[:255]
    rule = policy.classified(rules_of(plugin.configuration), name, media_type)
    return {"name": name, "mediaType": media_type, "size": document.get("size"), "class": rule.name, "received": received,
            "due": rule.due(datetime.date.fromisoformat(received[:10])).isoformat()}


def keep(call, value, **changes):
    document = value.get("document") if isinstance(value, dict) else None
    if not isinstance(document, dict) or not isinstance(document.get("document"), str):
        raise Failure(codes.INVALID_PARAMETERS, "the value of a document's event names no document")
    call.storage.put(PREFIX + document["document"], {**record_of(call, document), **changes})


@plugin.action("received")
def received(call, value, context):
    keep(call, value)


@plugin.action("processed")
def processed(call, value, context):
    keep(call, value, processed=now())


@plugin.action("deleted")
def deleted(call, value, context):
    """The record stays: it says when, and whether that was allowed."""
    keep(call, value, deleted=now())


def known(call, input):
    identifier = input.get("document")
    if not isinstance(identifier, str) or not identifier:
        raise Failure(codes.INVALID_PARAMETERS, "document is the id of a document")
    record = call.storage.get(PREFIX + identifier)
    if record is None:
        raise Failure(codes.NOT_FOUND, f"document not found: {identifier[:80]}", "this plugin has seen no such document; look at the report")
    return identifier, record


@plugin.tool("hold")
def hold(call, input):
    """Sets a document's period aside until it is released, for example for a court case."""
    identifier, record = known(call, input)
    if record.get("deleted"):
        raise Failure(codes.CONFLICT, f"document deleted: {identifier[:80]}", "what is gone cannot be held")
    if record.get("hold"):
        raise Failure(codes.CONFLICT, f"document on hold already: {identifier[:80]}", f"since {record['hold']['since']}")
    reason = input.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise Failure(codes.INVALID_PARAMETERS, "a hold needs a reason")
    record["hold"] = {"reason": reason.strip()[:500], "since": now()}
    call.storage.put(PREFIX + identifier, record)
    return listed(identifier, record, today())


@plugin.tool("release")
def release(call, input):
    identifier, record = known(call, input)
    if not record.get("hold"):
        raise Failure(codes.CONFLICT, f"document not on hold: {identifier[:80]}")
    record.setdefault("holds", []).append({**record.pop("hold"), "until": now()})
    record["holds"] = record["holds"][-20:]
    call.storage.put(PREFIX + identifier, record)
    return listed(identifier, record, today())


def today():
    return datetime.date.fromisoformat(now()[:10])


def notice_days():
    return plugin.configuration.get("notice-days", 30)


def listed(identifier, record, day):
    return {"document": identifier, "name": record["name"], "mediaType": record["mediaType"], "size": record.get("size"),
            "class": record["class"], "received": record["received"], "processed": record.get("processed"), "due": record["due"],
            "status": policy.state_of(record, day, notice_days()), "hold": (record.get("hold") or {}).get("reason"),
            "deleted": record.get("deleted"), "violation": policy.violation_of(record)}


@plugin.tool("report")
def report(call, input):
    """Every document's state on a day, counted by class, and those asked for by name."""
    day = day_of(input)
    wanted, only = input.get("status"), input.get("class")
    if wanted is not None and not (isinstance(wanted, list) and all(state in policy.STATES for state in wanted)):
        raise Failure(codes.INVALID_PARAMETERS, "status is a list of " + ", ".join(policy.STATES))
    counts, rows, size, complete = {}, [], 0, True
    for number, key in enumerate(call.storage.keys(PREFIX), 1):
        record = call.storage.get(key)
        if number % 200 == 0:
            call.progress(number, message=f"{number} documents")
        # One that was deleted while this looks.
        if record is None or record["received"][:10] > day.isoformat():
            continue
        row = listed(key[len(PREFIX):], record, day)
        if only is not None and row["class"] != only:
            continue
        totals = counts.setdefault(row["class"], dict.fromkeys([*policy.STATES, "violations", "total"], 0))
        totals[row["status"]] += 1
        totals["total"] += 1
        totals["violations"] += row["violation"] is not None
        if wanted is None or row["status"] in wanted:
            size += len(str(row)) + 64
            complete = complete and size <= LARGEST_REPORT
            if complete:
                rows.append(row)
    rows.sort(key=lambda row: (row["due"], row["document"]))
    answer = {"asOf": day.isoformat(), "classes": counts, "truncated": not complete}
    return {**answer, "csv": as_csv(rows)} if input.get("format", "json") == "csv" else {**answer, "documents": rows}


def day_of(input):
    text = input.get("asOf")
    if text is None:
        return today()
    try:
        return datetime.date.fromisoformat(text)
    except (ValueError, TypeError):
        raise Failure(codes.INVALID_PARAMETERS, "asOf is a day such as 2031-12-31") from None


def as_csv(rows):
    """RFC 4180. A text that a spreadsheet would take for a formula is given an apostrophe."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([harmless(row[column]) for column in COLUMNS])
    return target.getvalue()


def harmless(value):
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return "" if value is None else value


plugin.run()
