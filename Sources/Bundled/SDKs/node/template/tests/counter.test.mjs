import assert from "node:assert/strict";
import { test } from "node:test";
import { Counter } from "../counter.mjs";

function count(minimum, ...parts) {
  const counter = new Counter(minimum);
  for (const part of parts) counter.add(part);
  return counter.end();
}

test("a word that comes in two parts is one word", () => {
  assert.deepEqual(count(1, "one thr", "ee\n", "four"), { lines: 2, words: 3 });
});

test("short words are left out", () => {
  assert.deepEqual(count(4, "one three  eleven\n"), { lines: 1, words: 2 });
});

test("an empty text has no line", () => {
  assert.deepEqual(count(1), { lines: 0, words: 0 });
});
