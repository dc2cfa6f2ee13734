import { expect, test } from "vitest";
import { outcomeOf } from "../framework/judge.ts";
import { codesClaim, crossingClaim, detachedClaim, flowClaim, perHopClaim, threadedClaim } from "./budget-claims.ts";
import type { HopWork } from "./chain.ts";
import type { Measured, NaiveName } from "./measured.ts";
import type { CallSeen } from "./watch-call.ts";
import { askAbsolute, askOwnTimer } from "./wrong-hops.ts";

const SERVICES = ["gateway", "orders", "pricing", "inventory"];

function seen(toldMs: readonly (number | null)[], changes: Partial<CallSeen> = {}): CallSeen {
  const hops = SERVICES.map(
    (hop, index): HopWork => ({ hop, toldMs: toldMs[index] ?? null, startedMs: index, endedMs: 290, code: null }),
  );
  return {
    ...{ budgetMs: 300, code: "DEADLINE_EXCEEDED", endedMs: 300, goneMs: 300, reached: true, hops },
    ...{ late: { services: [], statements: 0 }, cancelled: 1, effects: 0 },
    ...changes,
  };
}

const SHRINKING = [300, 288, 277, 265];
const ALL_LATE = { late: { services: SERVICES, statements: 1 }, cancelled: 0 };

/** A run as it is expected, with some things changed. */
function measured({ real = {}, naive = {}, ...changes }: Changes = {}): Measured {
  const left = { ...seen(SHRINKING), code: "CANCELED", ...real };
  const asExpected: Record<NaiveName, CallSeen> = {
    none: seen([300, null, null, null], ALL_LATE),
    "per-hop": seen([300, 5000, 5000, 5000], ALL_LATE),
    parent: seen([300, 299, 299, 298]),
    detached: seen([300, 299, 299, null], { late: { services: ["pricing", "inventory"], statements: 1 } }),
    driver: seen([300, 299, 299, 298], { late: { services: ["inventory"], statements: 1 }, cancelled: 0 }),
  };
  return {
    entries: [{ entry: "rest", expired: [{ ...seen(SHRINKING), ...real }], left: [left] }],
    naive: { ...asExpected, ...naive },
    clockAheadMs: 10_000,
    absolute: { judgedMs: -9_700, code: "DEADLINE_EXCEEDED" },
    ownTimer: "UNKNOWN",
    ...changes,
  };
}

interface Changes extends Partial<Omit<Measured, "naive">> {
  real?: Partial<CallSeen>;
  naive?: Partial<Record<NaiveName, CallSeen>>;
}

test("crossingClaim + is refuted, holds when the wrong clock shows in what is passed on, needs a clock that shows", () => {
  expect(outcomeOf(crossingClaim(measured()))).toBe("refuted");
  expect(outcomeOf(crossingClaim(measured({ real: { hops: seen([300, 288, null, null]).hops } })))).toBe("holds");
  expect(outcomeOf(crossingClaim(measured({ real: { hops: seen([300, 288, 10_277, 265]).hops } })))).toBe("holds");
  expect(outcomeOf(crossingClaim(measured({ absolute: { judgedMs: 299, code: "OK" } })))).toBe("invalid");
});

test("flowClaim + depends on who calls, holds when everybody passes it on, is invalid when a fixed timeout shrinks", () => {
  expect(outcomeOf(flowClaim(measured()))).toBe("depends");
  const none = seen(SHRINKING);
  expect(outcomeOf(flowClaim(measured({ naive: { none, driver: none } })))).toBe("holds");
  expect(outcomeOf(flowClaim(measured({ naive: { "per-hop": none } })))).toBe("invalid");
  const nowhere = { real: { hops: seen([300, null]).hops }, naive: { parent: seen([300, null]) } };
  expect(outcomeOf(flowClaim(measured(nowhere)))).toBe("refuted");
});

test("threadedClaim + is refuted by a handler, a statement, a cancel or an effect too many, invalid without harm", () => {
  expect(outcomeOf(threadedClaim(measured()))).toBe("holds");
  expect(outcomeOf(threadedClaim(measured({ real: { late: { services: ["pricing"], statements: 0 } } })))).toBe(
    "refuted",
  );
  expect(outcomeOf(threadedClaim(measured({ real: { late: { services: [], statements: 1 } } })))).toBe("refuted");
  expect(outcomeOf(threadedClaim(measured({ real: { cancelled: 0 } })))).toBe("refuted");
  expect(outcomeOf(threadedClaim(measured({ real: { effects: 1 } })))).toBe("refuted");
  expect(outcomeOf(threadedClaim(measured({ entries: [] })))).toBe("refuted");
  expect(outcomeOf(threadedClaim(measured({ naive: { "per-hop": seen(SHRINKING) } })))).toBe("invalid");
});

test("perHopClaim + is refuted when a fixed timeout ends in time or one budget does not, invalid when nothing outlives", () => {
  expect(outcomeOf(perHopClaim(measured()))).toBe("holds");
  expect(outcomeOf(perHopClaim(measured({ naive: { "per-hop": seen(SHRINKING) } })))).toBe("refuted");
  expect(outcomeOf(perHopClaim(measured({ naive: { parent: seen(SHRINKING, ALL_LATE) } })))).toBe("refuted");
  expect(outcomeOf(perHopClaim(measured({ naive: { none: seen(SHRINKING) } })))).toBe("invalid");
});

test("detachedClaim + is refuted when either trap is stopped after all, invalid when nothing outlives", () => {
  expect(outcomeOf(detachedClaim(measured()))).toBe("holds");
  expect(outcomeOf(detachedClaim(measured({ naive: { detached: seen(SHRINKING) } })))).toBe("refuted");
  const cancelling = seen(SHRINKING, { late: { services: ["inventory"], statements: 0 } });
  expect(outcomeOf(detachedClaim(measured({ naive: { driver: cancelling } })))).toBe("refuted");
  expect(outcomeOf(detachedClaim(measured({ naive: { none: seen(SHRINKING) } })))).toBe("invalid");
});

test("codesClaim + is refuted by another code of the caller or of a service, invalid when a plain error has the code", () => {
  expect(outcomeOf(codesClaim(measured()))).toBe("holds");
  expect(outcomeOf(codesClaim(measured({ real: { code: "UNAVAILABLE" } })))).toBe("refuted");
  const hops = seen(SHRINKING).hops.map((hop) => ({ ...hop, code: "INTERNAL" }));
  expect(outcomeOf(codesClaim(measured({ real: { hops } })))).toBe("refuted");
  expect(outcomeOf(codesClaim(measured({ ownTimer: "DEADLINE_EXCEEDED" })))).toBe("invalid");
});

test("askAbsolute + a right clock sees what is left, one ahead refuses; askOwnTimer + loses the code", async () => {
  const right = await askAbsolute({ budgetMs: 5_000, skewMs: 0 });
  expect(right).toEqual({ judgedMs: expect.any(Number), code: "OK" });
  expect(right.judgedMs).toBeGreaterThan(2_500);
  expect(await askAbsolute({ budgetMs: 5_000, skewMs: 60_000 })).toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(await askOwnTimer(5_000)).toBe("UNKNOWN");
});
