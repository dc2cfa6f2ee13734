import fc from "fast-check";
import { expect, test } from "vitest";
import { createLineSplitter, createLogTail, MAX_LINE_LENGTH } from "./log-lines.ts";

function split(pieces: readonly string[]): string[] {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line));
  pieces.forEach(splitter.push);
  splitter.end();
  return lines;
}

test("createLineSplitter gives the same lines however the text arrives", () => {
  const line = fc.string({ unit: fc.constantFrom("a", "ü", " ", "\r", "x") }).map((text) => text.replace(/\r+$/, ""));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(40)), (lines, cuts) => {
      const text = lines.map((each) => `${each}\n`).join("");
      const pieces: string[] = [];
      let rest = text;
      for (const cut of cuts) {
        pieces.push(rest.slice(0, cut));
        rest = rest.slice(cut);
      }
      expect(split([...pieces, rest])).toEqual(lines);
    }),
  );
});

test("createLineSplitter takes Windows line ends and an unfinished last line", () => {
  expect(split(["a\r", "\nb"])).toEqual(["a", "b"]);
});

test("createLineSplitter cuts a line that is too long and marks it, in one piece or many", () => {
  const cut = `${"x".repeat(MAX_LINE_LENGTH)} … (cut)`;
  expect(split(["x".repeat(MAX_LINE_LENGTH * 3), "x\nnext\n"])).toEqual([cut, "next"]);
  expect(split(Array.from({ length: 5 }, () => "x".repeat(MAX_LINE_LENGTH)))).toEqual([cut]);
  expect(split(["x".repeat(MAX_LINE_LENGTH)])).toEqual(["x".repeat(MAX_LINE_LENGTH)]);
});

test("createLogTail keeps the newest lines", () => {
  const tail = createLogTail(3);
  for (let number = 0; number < 20; number += 1) tail.push(String(number));
  expect(tail.lines()).toEqual(["17", "18", "19"]);
});
