"""What the SDKs have in common, tested on a plugin in each language that does one thing per tool."""

import json
import sys
import unittest
from pathlib import Path

SDKS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SDKS.parent / "Plugins" / "tests"))
sys.dont_write_bytecode = True
from host import Host  # noqa: E402


class KitchenTests:
    """`command` is a folder and the words that start the plugin there. Mixed into the test case of each language."""

    command = None

    def open(self, **more):
        return self.enterContext(Host(*self.command, **more))

    def output(self, plugin, tool, **values):
        answer = plugin.call(tool, values)
        self.assertIn("result", answer, answer)
        return answer["result"]["output"]

    def code(self, answer):
        self.assertIn("error", answer, answer)
        return answer["error"]["code"]

    def test_introduces_itself(self):
        result = self.open().greeting["result"]
        self.assertEqual((result["name"], result["version"]), ("kitchen", "1.2.3"))
        self.assertEqual((sorted(result["hooks"]), "echo" in result["tools"]), (["note", "shout"], True))
        refused = self.open(protocol=None).ask("initialize", {"protocol": "cloister/2"})
        self.assertEqual(self.code(refused), -31989)
        self.assertIn("cloister/2", refused["error"]["message"])

    def test_values_come_through_unharmed(self):
        plugin = self.open()
        values = {"text": "\"\\/\b\f\n\r\t\u0001\u007f\u00e9\u2028\U0001f600", "": [], "numbers": [0, -1, 1.5, 1e300, 9007199254740991],
                  "nested": {"a": [{"b": [None, True, False, {}]}]}}
        self.assertEqual(self.output(plugin, "echo", **values), values)
        self.assertEqual(len(self.output(plugin, "echo", long="x" * (1 << 20))["long"]), 1 << 20)

    def test_identifiers_of_64_bits_come_back_as_they_were(self):
        plugin = self.open()
        for number in [9223372036854775807, -9223372036854775808, 9007199254740993]:
            plugin.write(b'{"jsonrpc":"2.0","id":%d,"method":"ping"}\n' % number)
            self.assertEqual(plugin.receive()["id"], number)

    def test_what_is_printed_goes_to_people(self):
        plugin = self.open()
        self.assertEqual(self.output(plugin, "print"), {})
        self.assertEqual(plugin.ask("ping")["result"], {})

    def test_a_cancelled_call_and_a_late_one_end_with_their_reasons(self):
        plugin = self.open()
        number = plugin.start_call("sleep", {"ms": 20_000})
        self.assertEqual(plugin.ask("ping")["result"], {})
        plugin.notify("cancel", {"id": number})
        self.assertEqual(self.code(plugin.receive(5)), -31996)
        self.assertEqual(self.code(plugin.call("sleep", {"ms": 20_000}, deadline=0.2)), -31997)
        self.assertEqual(self.output(plugin, "sleep", ms=1), {"slept": True})

    def test_progress_prolongs_a_call(self):
        plugin = self.open()
        number = plugin.start_call("progress", {"steps": 8, "ms": 100}, deadline=0.5)
        self.assertIn("result", plugin.receive())
        reports = [parameters for method, parameters in plugin.notifications if method == "progress"]
        self.assertEqual([report["done"] for report in reports], list(range(1, 9)))
        self.assertTrue(all(report["id"] == number and report["total"] == 8 for report in reports), reports)

    def test_log_records_reach_the_host(self):
        plugin = self.open()
        self.output(plugin, "log", message="a \"quoted\" word")
        self.assertEqual(plugin.notifications, [("log", {"level": "warning", "message": "a \"quoted\" word"})])

    def test_failures_and_defects_are_answered(self):
        plugin = self.open()
        answer = plugin.call("fail", {})
        self.assertEqual(answer["error"], {"code": -31993, "message": "taken: the name", "data": {"hint": "choose another"}})
        self.assertEqual(self.code(plugin.call("defect", {})), -31990)
        self.assertEqual(self.code(plugin.call("nothing", {})), -31994)
        self.assertEqual(self.code(plugin.ask("hook/filter", {"handler": "nothing"})), -31994)

    def test_keeps_values_with_the_host(self):
        plugin = self.open()
        self.assertEqual(self.output(plugin, "keep", key="a/1", value={"n": [1, "x"]}), {"was": None})
        self.assertEqual(self.output(plugin, "keep", key="a/1", value=2), {"was": {"n": [1, "x"]}})
        plugin.storage.update({"a/2": 1, "a/3": 1, "b": 1})
        self.assertEqual(self.output(plugin, "keys", prefix="a/", limit=2), {"keys": ["a/1", "a/2"], "more": True})
        self.assertEqual(self.output(plugin, "keys", prefix="b", limit=2), {"keys": ["b"], "more": False})
        self.assertEqual(self.output(plugin, "drop", key="b"), {"deleted": True})
        self.assertEqual(self.output(plugin, "drop", key="b"), {"deleted": False})

    def test_reads_and_makes_documents(self):
        plugin = self.open()
        document = plugin.add(b"hello", "a name.txt", "text/plain")
        output = self.output(plugin, "copy", document=document["document"], folder=str(plugin.outbox))
        self.assertEqual((output["name"], output["mediaType"], output["size"]), ("a name.txt", "text/plain", 5))
        self.assertNotEqual(output["document"], document["document"])
        self.assertEqual(plugin.content(output), b"hello")
        self.assertEqual(self.code(plugin.call("copy", {"document": "d99", "folder": "/"})), -31994)

    def test_secrets_and_events(self):
        plugin = self.open()
        plugin.secrets["key"] = "s3cret"
        self.assertEqual(self.output(plugin, "secret", name="key"), {"length": 6})
        self.output(plugin, "emit", value={"a": 1})
        self.assertEqual(plugin.events, [("kitchen.cooked", {"a": 1})])

    def test_a_refusal_of_the_hosts_is_passed_on_unless_it_is_caught(self):
        plugin = self.open(denied=["storage/get"])
        answer = plugin.call("keep", {"key": "a", "value": 1})
        self.assertEqual((self.code(answer), answer["error"]["data"]["hint"]), (-31999, "ask for it"))
        self.assertEqual(self.output(plugin, "try", key="a"), {"code": -31999})

    def test_hooks(self):
        plugin = self.open()
        self.assertEqual(plugin.filter("kitchen.event", "shout", {"text": "a"}, context={"depth": 1})["result"],
                         {"value": {"was": {"text": "a"}, "hook": "kitchen.event", "run": "r1", "depth": 1}})
        self.assertEqual(plugin.action("kitchen.event", "note", {"text": "b"})["result"], {})
        self.assertEqual(plugin.storage, {"noted": {"text": "b"}})

    def test_a_configuration_can_be_refused_and_the_old_one_stays(self):
        plugin = self.open(configuration={"language": "eng"})
        refused = plugin.ask("configuration/changed", {"configuration": {"language": "klingon"}})
        self.assertEqual(self.code(refused), -31995)
        self.assertEqual(self.output(plugin, "settings"), {"language": "eng"})
        self.assertEqual(plugin.ask("configuration/changed", {"configuration": {"language": "deu"}})["result"], {})
        self.assertEqual(self.output(plugin, "settings"), {"language": "deu"})
        parameters = {"protocol": "cloister/1", "configuration": {"language": "klingon"}}
        self.assertEqual(self.code(self.open(protocol=None).ask("initialize", parameters)), -31995)

    def test_a_result_that_is_too_long_is_an_error_and_not_a_line(self):
        plugin = self.open(line_limit=65_536)
        self.assertEqual(self.code(plugin.call("long", {"bytes": 100_000})), -31998)
        self.assertEqual(plugin.ask("ping")["result"], {})

    def test_ends_in_order(self):
        plugin = self.open()
        calls = [plugin.start_call("sleep", {"ms": 30}) for _ in range(3)]
        shutdown = plugin.send("shutdown")
        self.assertEqual(sorted(plugin.receive()["id"] for _ in range(3)), calls)
        self.assertEqual(plugin.receive()["id"], shutdown)
        self.assertEqual(plugin.end(), 0)

    def test_ends_with_its_input_also_during_a_call(self):
        plugin = self.open()
        plugin.start_call("sleep", {"ms": 20_000})
        self.assertEqual(plugin.end(), 0)


def run():
    unittest.main()
