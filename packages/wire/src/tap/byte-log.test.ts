import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteLog } from "./byte-log.ts";

const MIB = 1_048_576;

test("ByteLog + shows what is kept as it was, and of what is forgotten nothing or what it was", () => {
  // `null` forgets the oldest piece.
  const step = fc.oneof(fc.constant(null), fc.nat(2 * MIB));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const log = new ByteLog();
      const kept: { bytes: Uint8Array; length: number; mark: number }[] = [];
      const forgotten: typeof kept = [];
      for (const [mark, length] of steps.entries()) {
        const oldest = length === null ? kept.shift() : undefined;
        if (oldest !== undefined) log.forget(oldest.bytes);
        if (length !== null) kept.push({ bytes: log.keep(new Uint8Array(length).fill(mark)), length, mark });
        if (oldest !== undefined) forgotten.push(oldest);
      }
      const first = ({ bytes, mark }: (typeof kept)[number]) => bytes[0] ?? mark;
      expect(kept.map(({ bytes }) => bytes.length)).toEqual(kept.map(({ length }) => length));
      expect([...kept, ...forgotten].map(first)).toEqual([...kept, ...forgotten].map(({ mark }) => mark));
    }),
  );
});

test("ByteLog + uses its memory again", () => {
  const log = new ByteLog();
  const memories = new Set<ArrayBufferLike>();
  let last: Uint8Array | undefined;
  for (let piece = 0; piece < 100; piece += 1) {
    const views = log.keep(new Uint8Array(MIB));
    if (last !== undefined) log.forget(last);
    memories.add(views.buffer);
    last = views;
  }
  const alive = [...memories].filter(({ byteLength }) => byteLength > 0);
  expect(memories.size).toBe(100);
  expect(alive).toHaveLength(1);
});
