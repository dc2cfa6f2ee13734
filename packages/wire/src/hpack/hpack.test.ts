import fc from "fast-check";
import { expect, test } from "vitest";
import { fromHex } from "../../tests/support/hex.ts";
import { createHpackDecoder } from "./decoder.ts";
import { createHpackEncoder } from "./encoder.ts";
import type { HeaderInput } from "./fields.ts";

/** A small vocabulary, so that tables get hits, next to any bytes at all. */
const text = fc.oneof(
  fc.constantFrom("", "a", ":path", "/orders", "grpc-status", "0", "x".repeat(200)),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => String.fromCharCode(...bytes)),
);
const field: fc.Arbitrary<HeaderInput> = fc.record({
  name: text,
  value: text,
  representation: fc.constantFrom("incremental", "plain", "never"),
});
const step = fc.record({
  fields: fc.array(field, { maxLength: 12 }),
  allow: fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 3 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function encodeAll(steps: readonly Step[], options: { maxTableBytes: number; huffman: boolean }): Uint8Array[] {
  const encoder = createHpackEncoder(options);
  return steps.map(({ fields, allow }) => {
    for (const bytes of allow) encoder.setAllowedTableBytes(bytes);
    const target = new Uint8Array(encoder.maxEncodedBytes(fields) + 3);
    return target.slice(3, encoder.encode(fields, target, 3));
  });
}

const encoderOptions = fc.record({ maxTableBytes: fc.integer({ min: 0, max: 8192 }), huffman: fc.boolean() });

test("createHpackEncoder + what it writes decodes to the same list, whatever the table sizes", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), encoderOptions, (steps, options) => {
      const decoder = createHpackDecoder();
      for (const [position, block] of encodeAll(steps, options).entries()) {
        const { fields, allow } = steps[position] as Step;
        for (const bytes of allow) decoder.setAllowedTableBytes(bytes);
        const decoded = decoder.decode(block);
        expect(decoded.error).toBeNull();
        expect(decoded.fields.map(({ name, value }) => ({ name, value }))).toEqual(
          fields.map(({ name, value }) => ({ name, value })),
        );
        const spent = decoded.fields.reduce((sum, { encodedBytes }) => sum + encodedBytes, 0);
        expect(spent).toBeLessThanOrEqual(decoded.encodedBytes);
      }
    }),
    { numRuns: 500 },
  );
});

test("createHpackDecoder + one that joins late gives right strings or null, never wrong ones", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), encoderOptions, fc.nat(11), (steps, options, from) => {
      const blocks = encodeAll(steps, options);
      const late = createHpackDecoder({ initialTable: "unknown", maxTableBytes: 700 });
      for (let position = Math.min(from, blocks.length - 1); position < blocks.length; position++) {
        const decoded = late.decode(blocks[position] as Uint8Array);
        expect(decoded.error).toBeNull();
        const truth = (steps[position] as Step).fields;
        for (const [at, { name, value }] of decoded.fields.entries()) {
          expect([null, truth[at]?.name]).toContain(name);
          expect([null, truth[at]?.value]).toContain(value);
        }
        expect(decoded.complete).toBe(decoded.fields.every(({ name, value }) => name !== null && value !== null));
      }
    }),
    { numRuns: 1000 },
  );
});

test("createHpackDecoder + a late one knows everything again once the old entries must be gone", () => {
  const encoder = createHpackEncoder({ maxTableBytes: 4096 });
  const decoder = createHpackDecoder({ initialTable: "unknown" });
  const target = new Uint8Array(1024);
  const request = [{ name: "x-id", value: "1" }];
  encoder.encode(request, target, 0);
  const blind = decoder.decode(target.slice(0, encoder.encode(request, target, 0)));
  expect(blind).toMatchObject({ complete: false, tableBytesAfter: null, error: null });
  expect(blind.fields).toMatchObject([{ name: null, value: null, index: 62 }]);

  encoder.setAllowedTableBytes(0);
  encoder.setAllowedTableBytes(4096);
  const seeing = decoder.decode(target.slice(0, encoder.encode(request, target, 0)));
  expect(seeing).toMatchObject({ complete: true, tableBytesAfter: 37, sizeUpdates: [0, 4096], error: null });
});

test("createHpackDecoder + a peer with a larger table than maxTableBytes is decoded, old entries as unknown", () => {
  const encoder = createHpackEncoder();
  const decoder = createHpackDecoder({ maxTableBytes: 100 });
  const target = new Uint8Array(1024);
  const fields = ["1", "2", "3"].map((value) => ({ name: "x-id", value }));
  decoder.decode(target.slice(0, encoder.encode(fields, target, 0)));
  const block = decoder.decode(target.slice(0, encoder.encode(fields, target, 0)));
  expect(block.fields.map(({ value }) => value)).toEqual([null, "2", "3"]);
  expect(block).toMatchObject({ tableBytesAfter: null, entriesAfter: 2, error: null });
});

test("createHpackDecoder + the list limit keeps the table right and says what was left out", () => {
  const encoder = createHpackEncoder();
  const decoder = createHpackDecoder({ maxHeaderListBytes: 100 });
  const target = new Uint8Array(1024);
  const fields = ["1", "2", "3"].map((value) => ({ name: "x-id", value }));
  const block = decoder.decode(target.slice(0, encoder.encode(fields, target, 0)));
  expect(block).toMatchObject({ complete: false, listBytes: 111, error: { code: "hpack.header_list_too_large" } });
  expect(block.fields).toHaveLength(2);
  const next = decoder.decode(target.slice(0, encoder.encode(fields.slice(2), target, 0)));
  expect(next).toMatchObject({ complete: true, tableBytesBefore: 111, fields: [{ value: "3" }] });
});

test.each([
  ["an index of zero", "80", "hpack.zero_index", 0],
  ["an index beyond the table", "82be", "hpack.index_out_of_range", 1],
  ["a name index beyond the table", "7f0161", "hpack.index_out_of_range", 0],
  ["an integer without an end", "ffffffff", "hpack.truncated", 4],
  ["an integer beyond the limit", "ffffffffff7f", "hpack.integer_overflow", 5],
  ["an integer padded with zeros", "ff8080808080808000", "hpack.integer_overflow", 6],
  ["a string longer than the block", "0001610561", "hpack.truncated", 4],
  ["a literal without a value", "000161", "hpack.truncated", 3],
  ["EOS in a string", "00016184ffffffff", "hpack.bad_huffman", 8],
  ["padding of eight bits", "000161821fff", "hpack.bad_huffman", 6],
  ["padding with zeros", "0001618100", "hpack.bad_huffman", 5],
  ["a size update above the limit", "3fe21f", "hpack.size_update_too_large", 0],
  ["a size update after a field", "8220", "hpack.size_update_misplaced", 1],
])("createHpackDecoder + refuses %s", (...[, hex, code, offset]) => {
  const block = createHpackDecoder().decode(fromHex(hex));
  expect(block.error).toMatchObject({ code, offset });
  expect(block.error?.reference).toMatch(/^RFC \d+ section/);
  expect(block).toMatchObject({ complete: false, tableBytesAfter: null });
});

test("createHpackDecoder + a lowered limit must be answered by a size update", () => {
  const silent = createHpackDecoder();
  silent.setAllowedTableBytes(100);
  expect(silent.decode(fromHex("82")).error?.code).toBe("hpack.size_update_missing");

  const partial = createHpackDecoder();
  partial.setAllowedTableBytes(100);
  partial.setAllowedTableBytes(4096);
  // RFC 7541 section 4.2: the smallest size between two blocks must be announced, not only the last.
  expect(partial.decode(fromHex("3fe11f82")).error?.code).toBe("hpack.size_update_missing");
});

test("createHpackEncoder + refuses a small target and text beyond bytes without losing its state", () => {
  const encoder = createHpackEncoder();
  const fields = [{ name: "x-id", value: "1" }];
  expect(() => encoder.encode(fields, new Uint8Array(10), 0)).toThrow(/may need 35 bytes, the target has room for 10/);
  expect(() => encoder.encode([{ name: "x-id", value: "€" }], new Uint8Array(100), 0)).toThrow(/above U\+00FF/);
  expect(encoder.entries).toBe(0);
});

test("createHpackDecoder + any bytes give a result", () => {
  const decoder = createHpackDecoder();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const block = decoder.decode(bytes);
      expect(block.complete).toBe(
        block.error === null && block.fields.every(({ name, value }) => name !== null && value !== null),
      );
    }),
    { numRuns: 5000 },
  );
});

test.each([
  ["maxHeaderListBytes", -1],
  ["maxTableBytes", 1.5],
])("createHpackDecoder + refuses %s = %s by name", (option, value) => {
  expect(() => createHpackDecoder({ [option]: value })).toThrow(option);
});

test("createHpackDecoder + size updates by the thousand take no longer than other bytes", () => {
  const { sizeUpdates, error } = createHpackDecoder().decode(new Uint8Array(262_144).fill(0x20));
  expect(error).toBeNull();
  expect(sizeUpdates).toHaveLength(262_144);
});
