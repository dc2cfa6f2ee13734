import { Code } from "@connectrpc/connect";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatCursor, makeCursor, parseCursor } from "./cursor.ts";

const epochs = fc.stringMatching(/^[0-9a-z]{1,32}$/);
const offsets = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });

test("parseCursor reads what formatCursor writes", () => {
  fc.assert(
    fc.property(epochs, offsets, (epoch, offset) => {
      const cursor = makeCursor(epoch, offset);
      expect(parseCursor(formatCursor(cursor))).toEqual(cursor);
    }),
  );
});

test("parseCursor accepts a text only if formatCursor would write it so", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.tuple(epochs, fc.string()).map((parts) => parts.join(":")),
      ),
      (text) => {
        try {
          expect(formatCursor(parseCursor(text))).toBe(text);
        } catch (error) {
          expect(error).toMatchObject({ code: Code.InvalidArgument });
        }
      },
    ),
  );
});

test("parseCursor refuses signs, blanks, leading zeros, other alphabets and offsets beyond int64", () => {
  const wrong = [
    "",
    ":",
    "a:",
    ":1",
    "a:01",
    "a:+1",
    "a:-1",
    " a:1",
    "a:1\n",
    "A:1",
    "a:1:1",
    `${"a".repeat(33)}:1`,
    "a:9223372036854775808",
  ];
  for (const text of wrong) {
    expect(() => parseCursor(text), text).toThrow(/<epoch>:<offset>/);
  }
  expect(parseCursor("a:9223372036854775807").offset).toBe(2n ** 63n - 1n);
});
