import { beforeAll, expect, test } from "vitest";
import { outcomeOf } from "../framework/judge.ts";
import { gapClaim, neighboursClaim, overtakingClaim, replyOrderClaim } from "./claims.ts";
import type { GapSeen } from "./gap-scenario.ts";
import { type Gaps, watchGaps } from "./gaps.ts";
import { watchNeighbours } from "./neighbours-scenario.ts";
import { type Orders, watchOrders } from "./order-scenario.ts";

let orders: Orders;
let gaps: Gaps;

beforeAll(async () => {
  orders = await watchOrders(5);
  gaps = await watchGaps({ inflight: 12, conns: 4, gapMs: 200 });
});

test("watchOrders + the server answers the fast calls first, HTTP/1.1 delivers them last", () => {
  const served = { fast: 5, servedBefore: 5, connections: 1 };
  expect(orders).toEqual({
    http1: { http: 1, ...served, repliedBefore: 0, inOrder: true },
    http2: { http: 2, ...served, repliedBefore: 5, inOrder: false },
  });
});

test("replyOrderClaim + is refuted by one reply out of turn or a second connection, invalid when HTTP/2 keeps it too", () => {
  const { http1, http2 } = orders;
  expect(outcomeOf(replyOrderClaim(orders))).toBe("holds");
  expect(outcomeOf(replyOrderClaim({ http1: { ...http1, inOrder: false }, http2 }))).toBe("refuted");
  expect(outcomeOf(replyOrderClaim({ http1: { ...http1, connections: 2 }, http2 }))).toBe("refuted");
  expect(outcomeOf(replyOrderClaim({ http1: { ...http1, servedBefore: 4 }, http2 }))).toBe("refuted");
  expect(outcomeOf(replyOrderClaim({ http1, http2: { ...http2, inOrder: true } }))).toBe("invalid");
});

test("overtakingClaim + is refuted by one fast call that waits, invalid when HTTP/1.1 lets one pass", () => {
  const { http1, http2 } = orders;
  expect(outcomeOf(overtakingClaim(orders))).toBe("holds");
  expect(outcomeOf(overtakingClaim({ http1, http2: { ...http2, repliedBefore: 4 } }))).toBe("refuted");
  expect(outcomeOf(overtakingClaim({ http1, http2: { ...http2, connections: 2 } }))).toBe("refuted");
  expect(outcomeOf(overtakingClaim({ http1: { ...http1, repliedBefore: 1 }, http2 }))).toBe("invalid");
});

test("gapClaim + holds, is refuted by one stream that finishes, invalid when the others are lost too", () => {
  expect(outcomeOf(gapClaim(gaps))).toBe("holds");
  const but = (seen: Partial<GapSeen>): Gaps => ({
    ...gaps,
    multiplexed: gaps.multiplexed.map((own) => ({ ...own, ...seen })),
  });
  expect(outcomeOf(gapClaim(but({ finishedDuring: 1 })))).toBe("refuted");
  expect(outcomeOf(gapClaim(but({ struck: 0 })))).toBe("refuted");
  expect(outcomeOf(gapClaim({ ...gaps, multiplexed: [] }))).toBe("refuted");
  expect(outcomeOf(gapClaim({ ...gaps, spread: { ...gaps.spread, finishedDuring: 1 } }))).toBe("invalid");
  expect(outcomeOf(gapClaim({ ...gaps, oneStream: { ...gaps.oneStream, struck: 0 } }))).toBe("invalid");
});

test("watchGaps + loses one call of several connections, all of a shared one, and none in the end", () => {
  const { multiplexed, spread, oneStream } = gaps;
  expect(spread).toMatchObject({ struck: 1, finishedDuring: 11, finishedAfter: 1 });
  expect(new Set(spread.calls.map(({ connection }) => connection)).size).toBe(4);
  expect(oneStream).toMatchObject({ struck: 1, finishedDuring: 11, finishedAfter: 1 });
  expect(multiplexed.map(({ finishedDuring, calls }) => [finishedDuring, calls.length])).toEqual([
    [0, 12],
    [0, 12],
  ]);
});

test("neighboursClaim + holds for Node, is refuted by one that waits or a reply that goes on", async () => {
  const application = await watchNeighbours({ unread: "application", neighbours: 10, gapMs: 200 });
  const receiver = await watchNeighbours({ unread: "receiver", neighbours: 10, gapMs: 200 });
  expect(outcomeOf(neighboursClaim(application, receiver))).toBe("holds");
  expect(outcomeOf(neighboursClaim({ ...application, finishedDuring: 9 }, receiver))).toBe("refuted");
  expect(outcomeOf(neighboursClaim({ ...application, sentAfter: application.sentBefore + 1 }, receiver))).toBe(
    "refuted",
  );
  expect(outcomeOf(neighboursClaim(application, { ...receiver, finishedDuring: 1 }))).toBe("invalid");
});
