import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[2] / "Plugins" / "tests"), str(HERE.parent)]
sys.dont_write_bytecode = True
from cloister import Document, Plugin as SDKPlugin  # noqa: E402
from host import Host  # noqa: E402
from plugin import Plugin, alive  # noqa: E402

COMMAND = [HERE, ["/usr/bin/python3", "-I", "-S", "kitchen.py"]]


def eventually(condition, seconds=20):
    """Waits for what is about to be; whether it came."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


class Kitchen(unittest.TestCase):
    def open(self, kind=Host, **more):
        return self.enterContext(kind(*COMMAND, **more))

    def output(self, plugin, tool, **values):
        answer = plugin.call(tool, values)
        self.assertIn("result", answer, answer)
        return answer["result"]["output"]

    def error(self, answer):
        self.assertIn("error", answer, answer)
        return answer["error"]


class MessageTests(Kitchen):
    def test_introduces_itself_with_its_tools_and_handlers(self):
        greeting = self.open().greeting["result"]
        self.assertEqual((greeting["name"], greeting["version"]), ("kitchen", "1.2.3"))
        self.assertEqual(greeting["hooks"], ["forgetful", "note", "shout", "tell"])
        self.assertIn("echo", greeting["tools"])

    def test_names_both_protocols_when_it_does_not_speak_the_hosts(self):
        error = self.error(self.open(protocol=None).ask("initialize", {"protocol": "cloister/2"}))
        self.assertEqual((error["code"], "cloister/2" in error["message"], "cloister/1" in error["message"]), (-31989, True, True))

    def test_answers_no_call_before_it_is_initialized(self):
        plugin = self.open(protocol=None)
        self.assertEqual(self.error(plugin.call("echo", {}))["code"], -32600)
        self.assertEqual(plugin.ask("ping")["result"], {})
        self.assertIn("result", plugin.ask("initialize", {"protocol": "cloister/1"}))
        self.assertEqual(self.error(plugin.ask("initialize", {"protocol": "cloister/1"}))["code"], -31993)
        self.assertEqual(self.output(plugin, "echo", a=1), {"a": 1})

    def test_tells_handlers_the_configuration_and_the_grants(self):
        plugin = self.open(protocol=None)
        grants = [{"resource": "storage", "actions": ["read"], "conditions": {}}]
        plugin.ask("initialize", {"protocol": "cloister/1", "tenant": "demo", "configuration": {"a": 1}, "grants": grants})
        self.assertEqual(self.output(plugin, "settings"), {"configuration": {"a": 1}, "grants": grants, "tenant": "demo"})

    def test_keeps_the_old_configuration_when_it_refuses_a_new_one(self):
        plugin = self.open(configuration={"language": "eng"})
        for language, code in [("klingon", -31995), ("defect", -31990)]:
            self.assertEqual(self.error(plugin.ask("configuration/changed", {"configuration": {"language": language}}))["code"], code)
            self.assertEqual(self.output(plugin, "settings")["configuration"], {"language": "eng"})
        self.assertEqual(plugin.ask("configuration/changed", {"configuration": {"language": "deu"}})["result"], {})
        self.assertEqual(self.output(plugin, "settings")["configuration"], {"language": "deu"})
        refused = self.open(protocol=None).ask("initialize", {"protocol": "cloister/1", "configuration": {"language": "klingon"}})
        self.assertEqual(self.error(refused)["data"]["hint"], "known: eng")

    def test_answers_a_request_with_the_very_identifier(self):
        plugin = self.open()
        for identifier in [0, -1, (1 << 63) - 1, "", "ä", "x" * 128]:
            with self.subTest(identifier):
                plugin.write(json.dumps({"jsonrpc": "2.0", "id": identifier, "method": "ping"}).encode() + b"\n")
                self.assertEqual(plugin.receive(), {"jsonrpc": "2.0", "id": identifier, "result": {}})

    def test_passes_over_lines_that_nobody_could_answer(self):
        plugin = self.open()
        call = b'{"jsonrpc":"2.0","id":%s,"method":"ping"}'
        lines = [b"not json", b"", b"[]", b"[" + call % b"1" + b"]", b"7", b"null", b"\xff", b"[" * 100_000, b'"\\ud800"', b"\xef\xbb\xbf" + call % b"1",
                 call % b"1" + b" x", call % b"1.5", call % b"true", call % b"null", call % b"[]", call % str(1 << 63).encode(), call % b"1e3",
                 call % (b'"' + b"x" * 129 + b'"'), call % b"NaN", b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}',
                 b'{"jsonrpc":"1.0","id":1,"method":"ping"}', b'{"id":1,"method":"ping"}', b'{"jsonrpc":"2.0","id":1}',
                 b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"\\udc00"}}', b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"\x01"}}',
                 b'{"jsonrpc":"2.0","id":99,"result":{}}', b'{"jsonrpc":"2.0","id":1,"method":"ping","params":' + b"[" * 256 + b"]" * 256 + b"}"]
        for line in lines:
            with self.subTest(line[:60]):
                plugin.write(line + b"\n")
                self.assertEqual(plugin.ask("ping")["result"], {})

    def test_reads_what_is_unusual_and_allowed(self):
        plugin = self.open()
        for line in [b'\r {"jsonrpc" : "2.0",\t"id":"a","method":"ping"} \r', b'{"jsonrpc":"2.0","id":"a","method":"ping","params":null,"more":[1]}',
                     b'{"id":"a","params":{"x":"\\ud83d\\ude00"},"method":"ping","jsonrpc":"2.0"}',
                     b'{"jsonrpc":"2.0","id":"a","method":"ping","params":{"x":' + b"[" * 254 + b"]" * 254 + b"}}"]:
            with self.subTest(line[:60]):
                plugin.write(line + b"\n")
                self.assertEqual(plugin.receive()["id"], "a")

    def test_refuses_requests_that_it_does_not_know_with_the_reason(self):
        plugin = self.open()
        for method, parameters, code in [
                ("nonsense", {}, -32601), ("m" * 129, {}, -32600), (7, {}, -32600), ("ping", [1], -32602), ("ping", "x", -32602),
                ("tool/call", {"name": "nonsense"}, -31994), ("tool/call", {"name": ["echo"]}, -31994), ("tool/call", {}, -31994),
                ("tool/call", {"name": "echo", "input": [1]}, -32602), ("tool/call", {"name": "echo", "input": None}, -32602),
                ("hook/filter", {"handler": "note", "value": {}}, -31994), ("hook/action", {"handler": "shout", "value": {}}, -31994),
                ("configuration/changed", {"configuration": [1]}, -31995)]:
            with self.subTest(method=method, parameters=parameters):
                number = plugin.send(method, parameters)
                answer = plugin.receive()
                self.assertEqual((answer["id"], answer["error"]["code"]), (number, code))
        self.assertIn("echo", self.error(plugin.call("nonsense", {}))["data"]["hint"])

    def test_passes_over_notifications_that_it_does_not_know(self):
        plugin = self.open()
        for method, parameters in [("cancel", {"id": 99}), ("cancel", {"id": [1]}), ("cancel", {"id": True}), ("cancel", []), ("unheard", {})]:
            plugin.notify(method, parameters)
        self.assertEqual(plugin.ask("ping")["result"], {})

    def test_ends_when_a_line_is_longer_than_agreed(self):
        plugin = self.open(line_limit=4096)
        plugin.write(b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"' + b"y" * 5000 + b'"}}\n')
        with self.assertRaises(EOFError):
            plugin.receive()
        self.assertEqual(plugin.process.wait(10), 1)

    def test_reads_a_line_of_exactly_the_limit(self):
        plugin = self.open(line_limit=4096)
        line = b'{"jsonrpc":"2.0","id":"a","method":"ping","params":{"x":"%s"}}'
        plugin.write(line % (b"y" * (4096 - len(line) + 2)) + b"\n")
        self.assertEqual(plugin.receive()["id"], "a")

    def test_ends_in_order_when_its_input_ends_in_the_middle_of_a_line(self):
        plugin = self.open()
        plugin.write(b'{"jsonrpc":"2.0","id":1,"meth')
        self.assertEqual(plugin.end(), 0)

    def test_keeps_stray_prints_out_of_the_protocol_and_messages_out_of_children(self):
        with tempfile.TemporaryFile() as complaints:
            plugin = self.open(stderr=complaints)
            self.assertEqual(self.output(plugin, "print"), {})
            self.assertEqual(plugin.ask("ping")["result"], {})
            self.assertEqual(plugin.end(), 0)
            complaints.seek(0)
            text = complaints.read().decode()
        for words in ["printed before run", "a stray line", "half a line", "raw", "from a child"]:
            self.assertIn(words, text)


class CallTests(Kitchen):
    def test_answers_with_the_reason_of_a_failure(self):
        plugin = self.open()
        error = self.error(plugin.call("fail", {"code": -31991, "message": "two\nlines", "hint": "wait", "detail": "errno 11", "after": 1.5}))
        self.assertEqual(error, {"code": -31991, "message": "two lines", "data": {"hint": "wait", "detail": "errno 11", "retryAfterMs": 1500}})
        long = self.error(plugin.call("fail", {"code": -31990, "message": "ä" * 100_000}))
        self.assertLessEqual(len(long["message"].encode()), 4096)

    def test_answers_a_defect_without_quoting_it(self):
        with tempfile.TemporaryFile() as complaints:
            plugin = self.open(stderr=complaints)
            error = self.error(plugin.call("defect", {}))
            self.assertEqual((error["code"], error["message"]), (-31990, "defect failed: KeyError"))
            self.assertEqual(self.error(plugin.call("defect", {"exit": True}))["message"], "defect failed: SystemExit")
            self.assertEqual(self.output(plugin, "echo", a=1), {"a": 1})
            plugin.end()
            complaints.seek(0)
            text = complaints.read().decode()
            self.assertIn("KeyError: 'secret words", text)
            self.assertIn("kitchen.py", text)
            self.assertNotIn("cloister.py", text)

    def test_answers_for_an_output_that_is_not_json(self):
        plugin = self.open()
        for kind in ["set", "nan"]:
            self.assertEqual(self.error(plugin.call("unspeakable", {"kind": kind}))["code"], -31990)
        self.assertEqual(plugin.call("unspeakable", {"kind": "half"})["result"], {"output": "?"})

    def test_answers_for_an_output_that_no_line_holds(self):
        plugin = self.open(line_limit=2000)
        self.assertEqual(self.error(plugin.call("large", {"bytes": 3000}))["code"], -31998)
        self.assertEqual(len(self.output(plugin, "large", bytes=1000)["text"]), 1000)

    def test_ends_a_call_that_is_cancelled_and_no_other(self):
        plugin = self.open()
        first = plugin.start_call("sleep", {})
        second = plugin.start_call("echo", {"a": 1})
        third = plugin.start_call("echo", {"a": 2})
        self.assertEqual(plugin.ask("ping")["result"], {})
        plugin.notify("cancel", {"id": second})
        plugin.notify("cancel", {"id": first})
        answers = {answer["id"]: answer for answer in [plugin.receive() for _ in range(3)]}
        self.assertEqual([answers[number].get("error", {}).get("code") for number in (first, second, third)], [-31996, -31996, None])

    def test_keeps_the_deadline(self):
        plugin = self.open()
        self.assertEqual(self.error(plugin.call("sleep", {}, deadline=0.3))["code"], -31997)
        # One that waits behind another does not run at all when its time is over.
        first = plugin.start_call("sleep", {"seconds": 0.5})
        second = plugin.start_call("sleep", {}, deadline=0.1)
        self.assertEqual([(answer["id"], "error" in answer) for answer in (plugin.receive(), plugin.receive())], [(first, False), (second, True)])

    def test_progress_gives_a_call_its_time_again(self):
        plugin = self.open()
        answer = plugin.call("progress", {"steps": 6, "seconds": 0.5}, deadline=1.5)
        self.assertGreater(answer["result"]["output"]["left"], 1)
        reports = [parameters for method, parameters in plugin.notifications if method == "progress"]
        self.assertEqual(reports[1], {"id": answer["id"], "done": 2, "total": 6, "message": "step 2"})

    def test_works_on_several_calls_at_once_when_the_plugin_asks_for_it(self):
        plugin = self.open(environment={"THREADS": "3"})
        calls = {plugin.start_call("meet", {}) for _ in range(3)}
        self.assertEqual({plugin.receive()["id"] for _ in range(3)}, calls)

    def test_answers_shutdown_behind_the_calls_in_flight_and_takes_nothing_new(self):
        for threads in ["1", "3"]:
            with self.subTest(threads):
                plugin = self.open(environment={"THREADS": threads})
                calls = [plugin.start_call("sleep", {"seconds": 0.3}) for _ in range(3)]
                shutdown = plugin.send("shutdown")
                late = plugin.start_call("echo", {})
                answers = [plugin.receive() for _ in range(5)]
                self.assertEqual((answers[0]["id"], answers[0]["error"]["code"]), (late, -31992))
                self.assertEqual({answer["id"] for answer in answers[1:4]}, set(calls))
                self.assertEqual(answers[4], {"jsonrpc": "2.0", "id": shutdown, "result": {}})
                self.assertEqual(self.error(plugin.call("echo", {}))["code"], -31992)
                self.assertEqual(plugin.end(), 0)

    def test_cancels_what_is_in_flight_when_its_input_ends(self):
        with tempfile.TemporaryDirectory() as folder:
            plugin = self.open(environment={"CLOSED": folder + "/closed"})
            plugin.start_call("sleep", {})
            self.assertEqual(plugin.end(), 0)
            self.assertTrue(os.path.exists(folder + "/closed"))
            stubborn = self.open(environment={"CLOSED": folder + "/too"})
            stubborn.start_call("stubborn", {})
            self.assertEqual(stubborn.end(), 0)
            self.assertTrue(os.path.exists(folder + "/too"))

    def test_ends_itself_when_a_handler_does_not_stop(self):
        plugin = self.open(environment={"PATIENCE": "0.2"})
        number = plugin.start_call("stubborn", {})
        plugin.ask("ping")
        plugin.notify("cancel", {"id": number})
        self.assertEqual(plugin.process.wait(20), 1)

    def test_answers_a_hundred_calls_that_come_at_once(self):
        plugin = self.open(environment={"THREADS": "8"})
        numbers = {plugin.start_call("echo", {"text": "x" * 20_000}) for _ in range(100)}
        self.assertEqual({plugin.receive()["id"] for _ in range(100)}, numbers)

    def test_drops_a_second_request_with_an_identifier_in_use(self):
        plugin = self.open()
        line = json.dumps({"jsonrpc": "2.0", "id": 7, "method": "tool/call", "params": {"name": "sleep", "input": {"seconds": 0.3}}}).encode() + b"\n"
        plugin.write(line + line)
        self.assertEqual(plugin.receive()["result"]["output"], {"slept": True})
        self.assertEqual(plugin.ask("ping")["result"], {})


class HookTests(Kitchen):
    def test_filters_a_value(self):
        value = self.open().filter("document.metadata", "shout", {"text": "quiet"}, context={"tenant": "demo"})["result"]["value"]
        self.assertEqual(value, {"text": "QUIET", "hook": "document.metadata", "run": "r1"})

    def test_runs_an_action_and_answers_nothing(self):
        plugin = self.open()
        self.assertEqual(plugin.action("document.received", "note", {"text": "it"})["result"], {})
        self.assertIn(("log", {"level": "info", "message": "noted it"}), plugin.notifications)

    def test_names_a_filter_that_returns_nothing(self):
        self.assertIn("forgetful returned nothing", self.error(self.open().filter("document.metadata", "forgetful", {}))["message"])

    def test_refuses_names_that_are_taken(self):
        plugin = SDKPlugin("twice", "1.0.0")
        plugin.tool("a")(print)
        plugin.filter("h")(print)
        for register in [plugin.tool("a"), plugin.action("h"), plugin.filter("h")]:
            self.assertRaises(ValueError, register, print)


class HostTests(Kitchen):
    def test_opens_and_creates_documents(self):
        plugin = self.open()
        document = plugin.add(b"content", "a name.txt", "text/plain")
        output = self.output(plugin, "copy", document=document["document"])
        self.assertEqual(plugin.content(output["made"]), b"content")
        self.assertEqual((output["made"]["name"], output["made"]["mediaType"]), ("copy of a name.txt", "text/plain"))
        self.assertEqual(output["sha256"], plugin.documents[document["document"]]["sha256"])
        self.assertFalse(os.path.exists(output["path"]), "what a call made is gone with the call")

    def test_names_the_call_that_needs_a_document_and_the_run_that_raises_an_event(self):
        plugin = self.open()
        answer = plugin.call("copy", {"document": plugin.add(b"content", "a", "text/plain")["document"]})
        self.assertEqual(plugin.asked[0], ("document/open", {"document": "d1", "call": answer["id"]}))
        plugin.action("document.received", "tell", {"n": 1})
        self.assertEqual(plugin.asked[-1], ("event/emit", {"event": "kitchen.told", "value": {"n": 1}, "run": "r1"}))

    def test_deletes_documents(self):
        plugin = self.open()
        document = plugin.add(b"content", "a", "text/plain")["document"]
        self.assertEqual(self.output(plugin, "delete", document=document), {})
        self.assertEqual(self.error(plugin.call("delete", {"document": document}))["code"], -31994)

    def test_keeps_values(self):
        output = self.output(self.open(), "store")
        self.assertEqual(output, {"get": {"n": 1}, "absent": None, "first": ["a/1"], "cursor": "a/1", "all": ["a/1", "a/2"], "deleted": [True, False]})

    def test_emits_events_reads_secrets_and_logs(self):
        plugin = self.open()
        plugin.secrets["token"] = "s3"
        self.assertEqual(self.output(plugin, "events"), {"secret": "s3"})
        self.assertEqual(plugin.events, [("kitchen.done", {"n": 1})])
        self.assertIn(("log", {"level": "warning", "message": "something"}), plugin.notifications)

    def test_passes_the_hosts_refusal_on(self):
        plugin = self.open(denied=["document/open"])
        error = self.error(plugin.call("copy", {"document": "d1"}))
        self.assertEqual((error["code"], error["message"], error["data"]["hint"]), (-31999, "permission denied: document/open", "ask for it"))

    def test_does_not_wait_for_the_host_longer_than_the_call_lasts(self):
        plugin = self.open(Plugin)  # which answers nothing
        number = plugin.start_call("ask", {"method": "storage/get"}, deadline=0.3)
        request = plugin.receive()
        self.assertEqual((request["method"], plugin.receive()["error"]["code"]), ("storage/get", -31997))
        plugin.write(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": {}}).encode() + b"\n")
        number = plugin.start_call("ask", {"method": "storage/get"})
        plugin.receive()
        plugin.notify("cancel", {"id": number})
        self.assertEqual(plugin.receive()["error"]["code"], -31996)
        self.assertEqual(self.output(plugin, "echo", a=1), {"a": 1})

    def test_matches_answers_to_requests(self):
        plugin = self.open(Plugin, environment={"THREADS": "2"})
        first = plugin.start_call("ask", {"method": "one"})
        request_one = plugin.receive()
        second = plugin.start_call("ask", {"method": "two"})
        request_two = plugin.receive()
        for request, answer in [(request_two, {"n": 2}), (request_one, {"n": 1})]:
            plugin.write(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": answer}).encode() + b"\n")
        outputs = {answer["id"]: answer["result"]["output"] for answer in (plugin.receive(), plugin.receive())}
        self.assertEqual(outputs, {first: {"n": 1}, second: {"n": 2}})

    def test_reads_answers_that_are_odd(self):
        plugin = self.open(Plugin)
        for answer, code in [({"error": 7}, -31990), ({"error": {"code": "x", "message": 7, "data": [1]}}, -31990), ({"error": {"code": -31994}}, -31994)]:
            number = plugin.start_call("ask", {"method": "one"})
            plugin.write(json.dumps({"jsonrpc": "2.0", "id": plugin.receive()["id"], **answer}).encode() + b"\n")
            refusal = plugin.receive()
            self.assertEqual((refusal["id"], refusal["error"]["code"]), (number, code))
        plugin.start_call("ask", {"method": "one"})
        plugin.write(json.dumps({"jsonrpc": "2.0", "id": plugin.receive()["id"], "result": None}).encode() + b"\n")
        self.assertEqual(plugin.receive()["result"]["output"], {})

    def test_reads_the_documents_of_a_tool_and_refuses_what_is_none(self):
        plugin = self.open()
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "a").write_text("hello")
            os.mkfifo(folder + "/fifo")
            self.assertEqual(self.output(plugin, "read", document=folder + "/a"), {"name": "a", "size": 5, "start": "hello"})
            for path, code in [("a", -32602), (7, -32602), (None, -32602), ("/a\0", -32602), (folder, -32602), (folder + "/fifo", -32602),
                               ("/dev/zero", -32602), (folder + "/b", -31994), (folder + "/a/b", -31994), ("/" + "x" * 300, -31990)]:
                self.assertEqual(self.error(plugin.call("read", {"document": path}))["code"], code, path)


class DocumentTests(unittest.TestCase):
    def test_knows_common_pictures_and_pdf_by_their_first_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "a.txt")
            for content, expected in [(b"\xff\xd8\xff\xe0", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"GIF89a", "image/gif"),
                                      (b"RIFF\0\n\0\0WEBPVP8 ", "image/webp"), (b"II*\0", "image/tiff"), (b"MM\0*", "image/tiff"),
                                      (b"\0\0\0\x18ftypheic", "image/heic"), (b"\0\0\0\x18ftypavif", "image/avif"), (b"%PDF-1.7", "application/pdf"),
                                      (b"\n" * 1000 + b"%PDF-1.7", "application/pdf"), (b"BM\1\2\3\4\0\0\0\0", "image/bmp"),
                                      (b"", None), (b"\xff\xd8", None), (b"hello", None), (b"\n" * 1020 + b"%PDF-1.7", None)]:
                with self.subTest(content[:20]):
                    path.write_bytes(content)
                    self.assertEqual(Document(str(path), "a.txt", len(content)).sniff(), expected)


class ExecuteTests(Kitchen):
    def test_runs_a_program_with_input_and_output(self):
        plugin = self.open()
        output = self.output(plugin, "execute", arguments=["/bin/cat"], stdin="ä" * 200_000)
        self.assertEqual((output["status"], output["output"]), (0, "ä" * 200_000))
        self.assertEqual(self.output(plugin, "execute", arguments=["sh", "-c", "echo $LANG; exit 3"])["status"], 3)
        self.assertEqual(self.output(plugin, "execute", arguments=["cat"])["output"], "")
        self.assertEqual(self.output(plugin, "execute", arguments=["true"], stdin="x" * 1_000_000)["status"], 0)
        self.assertEqual(self.output(plugin, "execute", arguments=["sh", "-c", "exec >&- 2>&-; sleep 0.2; exit 5"])["status"], 5)

    def test_bounds_what_it_prints(self):
        plugin = self.open()
        yes = {"arguments": ["yes"], "limit": 1000}
        self.assertEqual(self.error(plugin.call("execute", yes))["code"], -31998)
        output = self.output(plugin, "execute", cut=True, **yes)
        self.assertEqual((len(output["output"]), output["truncated"], output["status"]), (1000, True, 0))
        self.assertEqual(self.output(plugin, "execute", arguments=["sh", "-c", "yes | head -c 10000000 >&2"])["errors"], 65536)

    def test_says_what_became_of_it(self):
        plugin = self.open()
        self.assertEqual(self.error(plugin.call("execute", {"arguments": ["no-such-program"]}))["code"], -31989)
        self.assertEqual(self.error(plugin.call("execute", {"arguments": ["/etc/passwd"]}))["code"], -31989)
        error = self.error(plugin.call("execute", {"arguments": ["false"], "require": True}))
        self.assertEqual((error["message"], error["data"]["hint"]), ("the program refuses the document", "give it another"))
        self.assertIn("signal 9", self.error(plugin.call("execute", {"arguments": ["sh", "-c", "kill -9 $$"], "require": True}))["message"])

    def test_kills_it_and_its_children_when_the_call_ends(self):
        with tempfile.TemporaryDirectory() as folder:
            script = f"sleep 1000 & echo $! > {folder}/pid.new; mv {folder}/pid.new {folder}/pid; wait"
            for end in ["cancel", "deadline", "input"]:
                with self.subTest(end):
                    plugin = self.open()
                    number = plugin.start_call("execute", {"arguments": ["sh", "-c", script]}, deadline=1 if end == "deadline" else 20)
                    self.assertTrue(eventually(lambda: os.path.exists(folder + "/pid")))
                    child = int(Path(folder, "pid").read_text())
                    os.unlink(folder + "/pid")
                    if end == "cancel":
                        plugin.notify("cancel", {"id": number})
                    if end == "input":
                        self.assertEqual(plugin.end(), 0)
                    else:
                        self.assertEqual(plugin.receive()["error"]["code"], {"cancel": -31996, "deadline": -31997}[end])
                    self.assertTrue(eventually(lambda: not alive(child)))


if __name__ == "__main__":
    unittest.main()
