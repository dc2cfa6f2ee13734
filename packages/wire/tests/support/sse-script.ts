import fc from "fast-check";
import { toUtf8 } from "../../src/core/bytes.ts";

const value = fc.oneof(
  fc.constantFrom("", " ", "7", "orders", "ä€", ":", "a:b", "\0", "\ufeff", "x".repeat(60)),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const line = fc
  .tuple(
    fc.constantFrom("data", "data", "id", "event", "retry", "", "other", "\ufeffdata"),
    fc.constantFrom(":", ": ", ""),
    value,
  )
  .map(([name, colon, text]) => `${name}${colon}${text.replace(/[\r\n]/g, "")}`);
const end = fc.constantFrom("\n", "\r", "\r\n");

/** A stream of events as text, with every kind of line end. */
export const eventStreamText: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom("", "\ufeff"),
    fc.array(fc.tuple(fc.oneof(line, fc.constant("")), end), { maxLength: 16 }),
    fc.oneof(line, fc.constant("")),
  )
  .map(([mark, lines, rest]) => mark + lines.flat().join("") + rest);

/** The same in bytes, sometimes not UTF-8. */
export const eventStream: fc.Arbitrary<Uint8Array> = fc
  .tuple(eventStreamText, fc.constantFrom<number[]>([], [], [0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0x0a, 0x0a]))
  .map(([text, odd]) => Uint8Array.from([...toUtf8(text), ...odd]));
