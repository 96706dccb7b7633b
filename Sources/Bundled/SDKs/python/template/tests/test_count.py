import os
import sys
import unittest

os.environ.setdefault("CLOISTER_SDK", "SDK_FOLDER")
sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from main import words_in  # noqa: E402


class CountTests(unittest.TestCase):
    def test_short_words_are_left_out(self):
        self.assertEqual(words_in("one three  eleven\n", 1), 3)
        self.assertEqual(words_in("one three  eleven\n", 4), 2)

    def test_an_empty_line_has_no_words(self):
        self.assertEqual(words_in(" \t\n", 1), 0)


if __name__ == "__main__":
    unittest.main()
