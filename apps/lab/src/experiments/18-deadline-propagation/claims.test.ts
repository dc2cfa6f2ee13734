import { expect, test } from "vitest";
import { settle } from "../framework/settle.ts";
import type { Outcome, Verdict } from "../framework/verdicts.ts";
import { codesClaim, crossingClaim, detachedClaim, flowClaim, perHopClaim, threadedClaim } from "./budget-claims.ts";
import type { HopWork } from "./chain.ts";
import type { Measured, NaiveName } from "./measured.ts";
import type { CallSeen } from "./watch-call.ts";
import { askAbsolute, askOwnTimer } from "./wrong-hops.ts";

/** What a run would make of the verdict. */
function judge(verdict: Verdict): Outcome {
  const claims = [{ id: "18.1", text: "", expected: "holds" }] as const;
  return settle({ claims, untested: [] }, { measurements: {}, verdicts: { "18.1": verdict } }).outcome;
}

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
  expect(judge(crossingClaim(measured()))).toBe("refuted");
  expect(judge(crossingClaim(measured({ real: { hops: seen([300, 288, null, null]).hops } })))).toBe("holds");
  expect(judge(crossingClaim(measured({ real: { hops: seen([300, 288, 10_277, 265]).hops } })))).toBe("holds");
  expect(judge(crossingClaim(measured({ absolute: { judgedMs: 299, code: "OK" } })))).toBe("invalid");
});

test("flowClaim + depends on who calls, holds when everybody passes it on, is invalid when a fixed timeout shrinks", () => {
  expect(judge(flowClaim(measured()))).toBe("depends");
  const none = seen(SHRINKING);
  expect(judge(flowClaim(measured({ naive: { none, driver: none } })))).toBe("holds");
  expect(judge(flowClaim(measured({ naive: { "per-hop": none } })))).toBe("invalid");
  const nowhere = { real: { hops: seen([300, null]).hops }, naive: { parent: seen([300, null]) } };
  expect(judge(flowClaim(measured(nowhere)))).toBe("refuted");
});

test("threadedClaim + is refuted by a handler, a statement, a cancel or an effect too many, invalid without harm", () => {
  expect(judge(threadedClaim(measured()))).toBe("holds");
  expect(judge(threadedClaim(measured({ real: { late: { services: ["pricing"], statements: 0 } } })))).toBe("refuted");
  expect(judge(threadedClaim(measured({ real: { late: { services: [], statements: 1 } } })))).toBe("refuted");
  expect(judge(threadedClaim(measured({ real: { cancelled: 0 } })))).toBe("refuted");
  expect(judge(threadedClaim(measured({ real: { effects: 1 } })))).toBe("refuted");
  expect(judge(threadedClaim(measured({ entries: [] })))).toBe("refuted");
  expect(judge(threadedClaim(measured({ naive: { "per-hop": seen(SHRINKING) } })))).toBe("invalid");
});

test("perHopClaim + is refuted when a fixed timeout ends in time or one budget does not, invalid when nothing outlives", () => {
  expect(judge(perHopClaim(measured()))).toBe("holds");
  expect(judge(perHopClaim(measured({ naive: { "per-hop": seen(SHRINKING) } })))).toBe("refuted");
  expect(judge(perHopClaim(measured({ naive: { parent: seen(SHRINKING, ALL_LATE) } })))).toBe("refuted");
  expect(judge(perHopClaim(measured({ naive: { none: seen(SHRINKING) } })))).toBe("invalid");
});

test("detachedClaim + is refuted when either trap is stopped after all, invalid when nothing outlives", () => {
  expect(judge(detachedClaim(measured()))).toBe("holds");
  expect(judge(detachedClaim(measured({ naive: { detached: seen(SHRINKING) } })))).toBe("refuted");
  const cancelling = seen(SHRINKING, { late: { services: ["inventory"], statements: 0 } });
  expect(judge(detachedClaim(measured({ naive: { driver: cancelling } })))).toBe("refuted");
  expect(judge(detachedClaim(measured({ naive: { none: seen(SHRINKING) } })))).toBe("invalid");
});

test("codesClaim + is refuted by another code of the caller or of a service, invalid when a plain error has the code", () => {
  expect(judge(codesClaim(measured()))).toBe("holds");
  expect(judge(codesClaim(measured({ real: { code: "UNAVAILABLE" } })))).toBe("refuted");
  const hops = seen(SHRINKING).hops.map((hop) => ({ ...hop, code: "INTERNAL" }));
  expect(judge(codesClaim(measured({ real: { hops } })))).toBe("refuted");
  expect(judge(codesClaim(measured({ ownTimer: "DEADLINE_EXCEEDED" })))).toBe("invalid");
});

test("askAbsolute + a right clock sees what is left, one ahead refuses; askOwnTimer + loses the code", async () => {
  const right = await askAbsolute({ budgetMs: 5_000, skewMs: 0 });
  expect(right).toEqual({ judgedMs: expect.any(Number), code: "OK" });
  expect(right.judgedMs).toBeGreaterThan(2_500);
  expect(await askAbsolute({ budgetMs: 5_000, skewMs: 60_000 })).toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(await askOwnTimer(5_000)).toBe("UNKNOWN");
});
