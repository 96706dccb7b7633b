import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))
sys.dont_write_bytecode = True
from kitchen import KitchenTests  # noqa: E402


class CTests(KitchenTests, unittest.TestCase):
    """With the sanitizers watching: a stray pointer or a leak ends the plugin with another status than 0."""

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        subprocess.run(["/usr/bin/cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-g", "-O1",
                        "-fsanitize=address,undefined", "-fno-sanitize-recover", "-pthread", "-o", cls.folder + "/kitchen",
                        HERE / "kitchen.c", HERE.parent / "cloister.c"], check=True)
        cls.command = [cls.folder, ["./kitchen"]]


if __name__ == "__main__":
    unittest.main()
