import { Recovery } from "@polywire/contract/polywire/type/v1/cursor";
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeCursor } from "../../protocol/cursor.ts";
import { recover, recoveryName } from "./recover.ts";

const bounds = { oldest: makeCursor("e", 10n), head: makeCursor("e", 20n) };

test.each([
  ["no cursor", undefined, { recovery: Recovery.LIVE, cursor: makeCursor("e", 20n) }],
  ["the oldest position", makeCursor("e", 10n), { recovery: Recovery.RECOVERED, cursor: makeCursor("e", 10n) }],
  ["the head", makeCursor("e", 20n), { recovery: Recovery.RECOVERED, cursor: makeCursor("e", 20n) }],
  ["one before the oldest", makeCursor("e", 9n), { recovery: Recovery.GAP, cursor: makeCursor("e", 10n) }],
  ["one beyond the head", makeCursor("e", 21n), { recovery: Recovery.EPOCH_CHANGED, cursor: makeCursor("e", 20n) }],
  ["another epoch", makeCursor("d", 15n), { recovery: Recovery.EPOCH_CHANGED, cursor: makeCursor("e", 20n) }],
])("recover answers %s", (_, cursor, answer) => {
  expect(recover(cursor, bounds)).toEqual(answer);
});

test("recover always continues inside the log, and says recovered only if nothing is left out", () => {
  const offsets = fc.bigInt({ min: 0n, max: 50n });
  fc.assert(
    fc.property(offsets, offsets, offsets, (first, length, at) => {
      const log = { oldest: makeCursor("e", first), head: makeCursor("e", first + length) };
      const { recovery, cursor } = recover(makeCursor("e", at), log);
      expect(cursor.offset >= log.oldest.offset && cursor.offset <= log.head.offset).toBe(true);
      expect(recovery === Recovery.RECOVERED).toBe(cursor.offset === at);
    }),
  );
});

test("recoveryName names every answer", () => {
  expect([Recovery.LIVE, Recovery.RECOVERED, Recovery.GAP, Recovery.EPOCH_CHANGED].map(recoveryName)).toEqual([
    "live",
    "recovered",
    "gap",
    "epoch_changed",
  ]);
});
