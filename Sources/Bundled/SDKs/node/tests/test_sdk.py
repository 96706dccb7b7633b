import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
sys.dont_write_bytecode = True
from kitchen import KitchenTests  # noqa: E402


@unittest.skipUnless(os.access("/usr/bin/node", os.X_OK), "Node is not installed")
class NodeTests(KitchenTests, unittest.TestCase):
    command = [Path(__file__).resolve().parent, ["/usr/bin/node", "kitchen.mjs"]]

    def test_programs_are_run_bounded_and_end_with_their_call(self):
        plugin = self.open()
        self.assertEqual(self.output(plugin, "execute", command=["/bin/cat"], input="hello"), {"status": 0, "output": "hello"})
        self.assertEqual(self.output(plugin, "execute", command=["/bin/sh", "-c", "exit 3"]), {"status": 3, "output": ""})
        self.assertEqual(self.code(plugin.call("execute", {"command": ["/nonexistent"]})), -31990)
        self.assertEqual(self.code(plugin.call("execute", {"command": ["/bin/cat", "/dev/zero"], "limit": 1000})), -31998)
        self.assertEqual(self.code(plugin.call("execute", {"command": ["/bin/sleep", "60"]}, deadline=0.3)), -31997)


if __name__ == "__main__":
    unittest.main()
