import csv
import datetime
import io
import sys
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(FOLDER.parent / "tests"))
sys.path.insert(0, str(FOLDER))
sys.dont_write_bytecode = True
import policy  # noqa: E402
from host import Host  # noqa: E402
from plugin import Plugin  # noqa: E402

COMMAND = [FOLDER, ["/usr/bin/python3", "-I", "-S", "retention.py"]]
CLASSES = [{"name": "invoices", "media-types": ["application/pdf"], "names": ["*invoice*", "*rechnung*"], "keep": "10y", "starts": "year-end"},
           {"name": "photographs", "media-types": ["image/*"], "keep": "90d"}]


def rule(keep, **more):
    return policy.Rule({"name": "x", "keep": keep, **more})


class PolicyTests(unittest.TestCase):
    def test_counts_periods_by_the_calendar(self):
        for keep, received, due in [("90d", "2024-01-01", "2024-03-31"), ("2w", "2024-02-20", "2024-03-05"), ("1m", "2024-01-31", "2024-02-29"),
                                    ("1m", "2023-01-31", "2023-02-28"), ("12m", "2024-02-29", "2025-02-28"), ("10y", "2024-05-06", "2034-05-06"),
                                    ("4y", "2024-02-29", "2028-02-29"), ("9999y", "2024-01-01", "9999-12-31")]:
            with self.subTest(keep=keep, received=received):
                self.assertEqual(rule(keep).due(datetime.date.fromisoformat(received)).isoformat(), due)

    def test_begins_at_the_end_of_the_year_where_the_class_says_so(self):
        self.assertEqual(rule("10y", starts="year-end").due(datetime.date(2024, 2, 3)), datetime.date(2034, 12, 31))

    def test_the_first_class_that_fits_decides(self):
        rules = [policy.Rule(values) for values in CLASSES] + [rule("1y", name="other")]
        for name, media_type, wanted in [("Invoice 7.PDF", "application/pdf", "invoices"), ("rechnung.pdf", "application/pdf; x=1", "invoices"),
                                         ("invoice.png", "image/png", "photographs"), ("letter.pdf", "application/pdf", "other")]:
            with self.subTest(name=name):
                self.assertEqual(policy.classified(rules, name, media_type).name, wanted)

    def test_a_document_passes_through_its_states(self):
        record = {"due": "2024-03-31"}
        for day, state in [("2024-02-29", "current"), ("2024-03-01", "due"), ("2024-03-30", "due"), ("2024-03-31", "overdue"), ("2030-01-01", "overdue")]:
            with self.subTest(day=day):
                self.assertEqual(policy.state_of(record, datetime.date.fromisoformat(day), 30), state)
        held = {**record, "hold": {"reason": "r", "since": "s"}}
        self.assertEqual(policy.state_of(held, datetime.date(2030, 1, 1), 30), "on-hold")
        gone = {**record, "deleted": "2024-03-20T00:00:00Z"}
        self.assertEqual(policy.state_of(gone, datetime.date(2024, 3, 19), 30), "due")
        self.assertEqual(policy.state_of(gone, datetime.date(2024, 3, 20), 30), "deleted")

    def test_says_what_was_wrong_with_a_deletion(self):
        record = {"due": "2024-03-31"}
        self.assertIsNone(policy.violation_of(record))
        self.assertEqual(policy.violation_of({**record, "deleted": "2024-03-30T23:59:59Z"}), "deleted early")
        self.assertIsNone(policy.violation_of({**record, "deleted": "2024-03-31T00:00:00Z"}))
        self.assertEqual(policy.violation_of({**record, "deleted": "2024-04-01T00:00:00Z", "hold": {"reason": "r"}}), "deleted on hold")


class PluginTests(unittest.TestCase):
    def setUp(self):
        self.plugin = self.enterContext(Host(*COMMAND, configuration={"classes": CLASSES, "keep-others": "1y"}))
        self.today = datetime.datetime.now(datetime.timezone.utc).date()

    def document(self, name="letter.txt", media_type="text/plain"):
        return self.plugin.add(b"content", name, media_type)

    def tell(self, event, document):
        self.assertEqual(self.plugin.action(f"document.{event}", event, {"document": document}).get("result"), {})

    def received(self, *about):
        document = self.document(*about)
        self.tell("received", document)
        return document["document"]

    def output(self, tool, **values):
        answer = self.plugin.call(tool, values)
        self.assertIn("result", answer, answer)
        return answer["result"]["output"]

    def refusal(self, tool, **values):
        return self.plugin.call(tool, values)["error"]["code"]

    def after(self, days):
        return (self.today + datetime.timedelta(days=days)).isoformat()

    def test_keeps_a_record_of_every_document(self):
        document = self.document("Rechnung 5.pdf", "application/pdf")
        self.tell("received", document)
        self.tell("processed", document)
        (row,) = self.output("report")["documents"]
        self.assertEqual((row["document"], row["name"], row["class"], row["size"], row["status"]),
                         (document["document"], "Rechnung 5.pdf", "invoices", 7, "current"))
        self.assertEqual(row["due"], f"{self.today.year + 10}-12-31")
        self.assertTrue(row["processed"] >= row["received"])

    def test_reports_by_class_what_is_due_and_overdue(self):
        for about in [("a.png", "image/png"), ("b.png", "image/png"), ("letter.txt", "text/plain")]:
            self.received(*about)
        report = self.output("report", asOf=self.after(75))
        self.assertEqual({name: (counts["due"], counts["current"], counts["total"]) for name, counts in report["classes"].items()},
                         {"photographs": (2, 0, 2), "other": (0, 1, 1)})
        report = self.output("report", asOf=self.after(90), status=["overdue"])
        self.assertEqual(sorted(row["name"] for row in report["documents"]), ["a.png", "b.png"])
        self.assertEqual(report["classes"]["other"]["current"], 1)
        self.assertEqual(self.output("report", **{"class": "other"})["classes"].keys(), {"other"})
        self.assertEqual(self.output("report", asOf=self.after(-1))["documents"], [])

    def test_a_hold_outlasts_the_period_until_it_is_released(self):
        document = self.received("a.png", "image/png")
        self.assertEqual(self.output("hold", document=document, reason="court case 12/4")["status"], "on-hold")
        (row,) = self.output("report", asOf=self.after(500))["documents"]
        self.assertEqual((row["status"], row["hold"]), ("on-hold", "court case 12/4"))
        self.assertEqual(self.refusal("hold", document=document, reason="again"), -31993)
        self.output("release", document=document)
        self.assertEqual(self.output("report", asOf=self.after(500))["documents"][0]["status"], "overdue")
        self.assertEqual(self.refusal("release", document=document), -31993)
        record = self.plugin.storage[f"document/{document}"]
        self.assertEqual([past["reason"] for past in record["holds"]], ["court case 12/4"])

    def test_a_deletion_leaves_a_record_that_says_whether_it_was_allowed(self):
        early, held = self.document("a.png", "image/png"), self.document("b.png", "image/png")
        for document in [early, held]:
            self.tell("received", document)
        self.output("hold", document=held["document"], reason="audit")
        for document in [early, held]:
            self.tell("deleted", document)
        report = self.output("report")
        self.assertEqual([(row["name"], row["status"], row["violation"]) for row in report["documents"]],
                         [("a.png", "deleted", "deleted early"), ("b.png", "deleted", "deleted on hold")])
        self.assertEqual(report["classes"]["photographs"]["violations"], 2)
        self.assertEqual(self.refusal("hold", document=early["document"], reason="late"), -31993)

    def test_learns_of_documents_that_came_before_it(self):
        self.tell("processed", self.document())
        self.assertEqual(len(self.output("report")["documents"]), 1)

    def test_an_event_that_comes_twice_changes_nothing(self):
        document = self.document()
        self.tell("received", document)
        first = dict(self.plugin.storage)
        self.tell("received", document)
        self.assertEqual(self.plugin.storage, first)

    def test_writes_the_same_as_csv_without_formulas(self):
        self.received("=SUM(A1), \"quoted\"\n.txt", "text/plain")
        self.received("plain.txt", "text/plain")
        report = self.output("report", format="csv")
        self.assertNotIn("documents", report)
        rows = list(csv.DictReader(io.StringIO(report["csv"])))
        self.assertEqual([row["name"] for row in rows], ["'=SUM(A1), \"quoted\"\n.txt", "plain.txt"])
        self.assertEqual([row["status"] for row in rows], ["current", "current"])

    def test_reads_all_pages_of_a_long_list(self):
        for number in range(250):
            self.plugin.storage[f"document/x{number:04}"] = {
                "name": f"{number}", "mediaType": "text/plain", "size": 1, "class": "other", "received": "2020-01-01T00:00:00Z",
                "due": f"20{21 + number % 9}-01-01"}
        report = self.output("report", asOf="2025-06-01")
        self.assertEqual(len(report["documents"]), 250)
        self.assertEqual(report["classes"]["other"]["overdue"], sum(21 + number % 9 <= 25 for number in range(250)))
        self.assertEqual([row["due"] for row in report["documents"]], sorted(row["due"] for row in report["documents"]))

    def test_needs_its_storage(self):
        self.plugin.denied.add("storage/put")
        answer = self.plugin.action("document.received", "received", {"document": self.document()})
        self.assertEqual(answer["error"]["code"], -31999)

    def test_refuses_what_it_does_not_know(self):
        self.assertEqual(self.refusal("hold", document="nobody", reason="x"), -31994)
        self.assertEqual(self.refusal("hold", document=self.received(), reason=" "), -32602)
        self.assertEqual(self.refusal("release"), -32602)
        self.assertEqual(self.refusal("report", asOf="yesterday"), -32602)
        self.assertEqual(self.refusal("report", status=["lost"]), -32602)

    def test_refuses_a_period_that_is_none(self):
        for configuration in [{"keep-others": "soon"}, {"classes": [{"name": "a", "keep": "0d"}]}, {"classes": [{"name": "a", "keep": "5"}]}]:
            with self.subTest(configuration=configuration), Plugin(*COMMAND, protocol=None) as plugin:
                error = plugin.ask("initialize", {"protocol": "cloister/1", "configuration": configuration})["error"]
                self.assertEqual(error["code"], -31995)

    def test_a_hostile_value_gives_one_error(self):
        for value in [None, {}, {"document": {}}, {"document": "d1"}, {"document": {"document": 7}}]:
            with self.subTest(value=value):
                answer = self.plugin.action("document.received", "received", value)
                self.assertEqual(answer["error"]["code"], -32602)
                self.assertNotIn("\n", answer["error"]["message"])
        self.received()


if __name__ == "__main__":
    unittest.main()
