import fc from "fast-check";

/** Cuts bytes at the given fractions, in any order and number; empty parts included. */
export function cut(bytes: Uint8Array, fractions: readonly number[]): Uint8Array<ArrayBuffer>[] {
  const positions = fractions.map((fraction) => Math.floor(fraction * (bytes.length + 1))).sort((a, b) => a - b);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let start = 0;
  for (const position of [...positions, bytes.length]) {
    // Copies, so that a decoder which keeps what it should not is found out.
    parts.push(bytes.slice(start, Math.max(start, position)));
    start = Math.max(start, position);
  }
  return parts;
}

/** Where to cut an input: nowhere, somewhere, or in many places. */
export const cuts: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { maxLength: 6 }),
  fc.constant(Array.from({ length: 400 }, (_, position) => position / 400)),
);
