import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import type { GapCall, GapSeen } from "./gap-scenario.ts";
import type { NeighboursSeen } from "./neighbours-scenario.ts";
import type { OrderSeen } from "./order-scenario.ts";
import { drawPicture } from "./picture.ts";

const call = (number: number, connection: number, endMs: number): GapCall => ({
  ...{ call: number, connection, startMs: 0, endMs },
});
const seen: GapSeen = {
  ...{ wire: "HTTP/2, one connection", held: "byte", struck: 1, heldBytes: 9, finishedDuring: 0, finishedAfter: 2 },
  ...{ gap: { fromMs: 100, toMs: 500 }, calls: [call(1, 1, 590), call(2, 1, 600)] },
};
const spread: GapSeen = {
  ...seen,
  ...{ wire: "HTTP/1.1, 2 connections", calls: [call(1, 1, 510), call(2, 2, 50), call(3, 2, 599)] },
};
const many: GapSeen = { ...seen, held: "stream", calls: Array.from({ length: 99 }, (_, at) => call(at + 1, 1, at)) };
const order: OrderSeen = { http: 2, connections: 1, fast: 20, servedBefore: 20, repliedBefore: 20, inOrder: false };
const neighbours: NeighboursSeen = {
  ...{ unread: "receiver", neighbours: 50, finishedDuring: 0, finishedAfter: 50 },
  ...{ bodyBytes: 4_000_000, sentBefore: 65_535, sentAfter: 65_535 },
};

test("drawPicture + draws the gap across all lanes and what waits in it, in 80 columns", () => {
  const gaps = { multiplexed: [seen], spread, oneStream: many };
  const picture = drawPicture({
    gaps,
    orders: { http1: { ...order, http: 1 }, http2: order },
    neighbours: [neighbours],
  });
  const lines = stripVTControlCharacters(picture).split("\n");
  expect(lines).toContain(`connection 1  ${"─".repeat(10)}${"▓".repeat(41)}●`);
  expect(lines).toContain(`connection 2  ${"─".repeat(5)}●${"─".repeat(4)}${"▓".repeat(41)}${"─".repeat(8)}●`);
  expect(lines).toContain(`call 2        ${"─".repeat(10)}${"▓".repeat(41)}${"─".repeat(8)}●`);
  expect(lines).toContain("93 more, answered before these");
  expect(lines).toContain("HTTP/2    20 of 20                          20 of 20");
  expect(lines).toContain("the receiver at all  0                   50     65,535 of 4,000,000");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});
