import { beforeAll, expect, test } from "vitest";
import { judge } from "../framework/judge.ts";
import type { ChainOptions, Stack } from "./chain.ts";
import { authClaim, kindsClaim, orderClaim, recoveryClaim, sightClaim } from "./claims.ts";
import { connectStack } from "./connect-chain.ts";
import { grpcJsStack } from "./grpc-js-chain.ts";
import { allOrders, orderName, RIGHT_ORDER } from "./layers.ts";
import { type Cell, goodCallsCheck, measureCells, meetStrangers } from "./measure.ts";
import { seeFromBothSides, sightingsOf } from "./sight.ts";

const options = { rounds: 3, deadlineMs: 1500, progress: async () => undefined };
let cells: Cell[];

beforeAll(async () => {
  cells = await measureCells({ ...options, stacks: [grpcJsStack, connectStack] });
}, 60_000);

/** A stack that builds something else than it is asked for. */
function broken(stack: Stack, change: (asked: ChainOptions) => Partial<ChainOptions>): Stack {
  return { name: stack.name, start: (asked) => stack.start({ ...asked, ...change(asked) }) };
}

test("allOrders + are the 24, each once, the product's among them", () => {
  const names = allOrders().map(orderName);
  expect(new Set(names).size).toBe(24);
  expect(names).toContain(orderName(RIGHT_ORDER));
});

test("goodCallsCheck + fails when a call that nothing is wrong with fails", () => {
  expect(goodCallsCheck(cells)).toMatchObject({ ok: true });
  expect(goodCallsCheck(cells.map((cell) => ({ ...cell, code: 14 })))).toMatchObject({ ok: false });
  expect(goodCallsCheck([])).toMatchObject({ ok: false });
});

test("authClaim + holds, is refuted by a chain whose auth is gone, invalid when strangers never get in", async () => {
  const met = await Promise.all([grpcJsStack, connectStack].map((stack) => meetStrangers(stack, 3)));
  expect(judge(authClaim(met)).outcome).toBe("holds");
  const open = broken(connectStack, ({ order }) => ({ order: order.filter((layer) => layer !== "auth") }));
  expect(judge(authClaim([await meetStrangers(open, 3)])).outcome).toBe("refuted");
  const shut = broken(grpcJsStack, () => ({ order: RIGHT_ORDER }));
  expect(judge(authClaim([await meetStrangers(shut, 3)])).outcome).toBe("invalid");
}, 30_000);

test("kindsClaim + depends, holds where interceptors are called in some modes, invalid when nothing is missed", () => {
  expect(judge(kindsClaim(cells))).toEqual({ outcome: "depends", sides: ["refuted", "refuted", "holds"] });
  const isUnary = ({ mode, kind }: Cell) => mode === "unary" || kind === "mid-stream";
  expect(judge(kindsClaim(cells.filter(isUnary))).outcome).toBe("holds");
  const following = cells.map((cell) => ({ ...cell, seen: { ...cell.seen, ends: endsOf(cell) } }));
  expect(judge(kindsClaim(following)).outcome).toBe("invalid");
});

test("orderClaim + holds, is refuted by a chain that does not follow streams, invalid when no order loses anything", async () => {
  expect(judge(orderClaim(cells)).outcome).toBe("holds");
  const deaf = broken(connectStack, () => ({ wrapStreams: false }));
  const missing = await measureCells({ ...options, stacks: [deaf] });
  const mixed = [...cells.filter(({ stack }) => stack === "grpc-js"), ...missing];
  expect(judge(orderClaim(mixed)).outcome).toBe("refuted");
  const lossless = cells.map((cell) => ({ ...cell, seen: { ...cell.seen, ends: endsOf(cell) } }));
  expect(judge(orderClaim(lossless)).outcome).toBe("invalid");
  const isGuarded = ({ order }: Cell) => order === "auth,metrics,log,recover";
  const harmless = cells.map((cell) =>
    isGuarded(cell) ? { ...cell, seen: { ...cell.seen, ends: endsOf(cell) } } : cell,
  );
  expect(judge(orderClaim(harmless)).outcome).toBe("refuted");
  const few = cells.filter(({ order, kind }) => order !== orderName(RIGHT_ORDER) || kind === "good");
  expect(judge(orderClaim(few)).outcome).toBe("refuted");
}, 60_000);

test("recoveryClaim + depends on the stack and the place, is refuted where nothing recovers", async () => {
  const { outcome, sides } = judge(recoveryClaim(cells));
  expect({ outcome, sides }).toEqual({
    outcome: "depends",
    sides: ["holds", "holds", "refuted", "refuted", "refuted", "holds"],
  });
  const isFailing = ({ order, kind }: Cell) => order === orderName(RIGHT_ORDER) && kind !== "good";
  const helpless = cells.map((cell) => (isFailing(cell) ? { ...cell, seen: { ...cell.seen, caught: 0 } } : cell));
  expect(judge(recoveryClaim(helpless)).outcome).toBe("refuted");
  const telling = cells.map((cell) => ({ ...cell, message: "password=hunter2" }));
  expect(judge(recoveryClaim(telling)).outcome).toBe("refuted");
  const caring = cells.map((cell) => ({ ...cell, seen: { ...cell.seen, unhandled: 0 } }));
  expect(judge(recoveryClaim(caring)).outcome).toBe("invalid");
});

test("sightClaim + holds, is refuted by a log that sees no message, invalid when HTTP tells the failure too", async () => {
  const http = await seeFromBothSides();
  const seen = sightingsOf(cells);
  expect(judge(sightClaim(seen, http)).outcome).toBe("holds");
  const blind = seen.map((each) => ({ ...each, log: { ...each.log, field: "" } }));
  expect(judge(sightClaim(blind, http)).outcome).toBe("refuted");
  expect(
    judge(
      sightClaim(
        seen.filter(({ stack }) => stack === "connect"),
        http,
      ),
    ).outcome,
  ).toBe("refuted");
  const telling = { ...http, middleware: { ...http.middleware, status: 500 } };
  expect(judge(sightClaim(seen, telling)).outcome).toBe("invalid");
}, 30_000);

function endsOf({ code }: Cell): Cell["seen"]["ends"] {
  return { metrics: [code], log: [code] };
}
