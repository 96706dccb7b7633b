import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))
sys.dont_write_bytecode = True
from kitchen import KitchenTests  # noqa: E402


@unittest.skipUnless(shutil.which("swiftc"), "Swift is not installed")
class SwiftTests(KitchenTests, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        subprocess.run(["swiftc", "-swift-version", "6", "-warnings-as-errors", "-parse-as-library", "-static-stdlib", "-o",
                        cls.folder + "/kitchen", HERE / "kitchen.swift", HERE.parent / "CloisterPlugin.swift"], check=True)
        cls.command = [cls.folder, ["./kitchen"]]


if __name__ == "__main__":
    unittest.main()
