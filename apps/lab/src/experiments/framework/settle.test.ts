import { expect, test } from "vitest";
import type { Report } from "./experiment.ts";
import { exitCodeOf, headline, isAsExpected, settle, skip } from "./settle.ts";
import { holds, refuted, type Verdict } from "./verdicts.ts";

const bites = { name: "naive twin", bit: true, because: "7 duplicates" };
const experiment = {
  claims: [
    { id: "01.1", text: "first", expected: "holds" },
    { id: "01.2", text: "second", expected: "refuted" },
  ],
  untested: [{ text: "most do it", because: "a survey" }],
} as const;

function report(first: Verdict, second: Verdict, more: Partial<Report> = {}): Report {
  return { measurements: {}, verdicts: { "01.1": first, "01.2": second }, ...more };
}

const expected = report(holds("yes", [bites]), refuted("no", [bites]));

test("settle + keeps the verdicts of a run whose controls bit and whose checks passed", () => {
  const settled = settle(experiment, { ...expected, checks: [{ name: "lag", ok: true, because: "2 ms" }] });
  expect(settled.claims.map(({ verdict }) => verdict)).toEqual(["holds", "refuted"]);
  expect(settled.outcome).toBe("refuted");
  expect(settled.untested).toEqual(experiment.untested);
  expect(isAsExpected(settled)).toBe(true);
});

test("settle + makes a claim invalid when one of its controls did not bite, and says which", () => {
  const idle = { ...bites, bit: false, because: "0 duplicates" };
  const settled = settle(experiment, report(holds("yes", [bites, idle]), refuted("no", [bites])));
  expect(settled.claims.map(({ verdict }) => verdict)).toEqual(["invalid", "refuted"]);
  expect(settled.claims[0]?.because).toBe(
    'the control "naive twin" did not bite: 0 duplicates; without that it would be holds: yes',
  );
  expect(settled.outcome).toBe("invalid");
  expect(isAsExpected(settled)).toBe(false);
});

test("settle + makes every claim invalid when a check of the run failed", () => {
  const checks = [{ name: "send lag", ok: false, because: "p99 35 ms" }];
  const settled = settle(experiment, { ...expected, checks });
  expect(settled.claims.map(({ verdict }) => verdict)).toEqual(["invalid", "invalid"]);
  expect(settled.claims[1]?.because).toContain("send lag failed: p99 35 ms");
});

test("settle + takes no finding without a control", () => {
  const uncontrolled = { verdict: "holds", because: "yes", conditions: [], controls: [] } as const;
  expect(settle(experiment, report(uncontrolled, refuted("no", [bites]))).outcome).toBe("invalid");
});

test("settle + refuses a report that leaves a claim out", () => {
  expect(() => settle(experiment, { measurements: {}, verdicts: { "01.1": holds("yes", [bites]) } })).toThrow("01.2");
});

test("isAsExpected + is false for a verdict that came out otherwise", () => {
  expect(isAsExpected(settle(experiment, report(holds("yes", [bites]), holds("also", [bites]))))).toBe(false);
});

test("skip + leaves every claim without a finding, which is no pass", () => {
  const settled = skip(experiment, "nats is absent");
  expect(settled.claims.map(({ verdict, because }) => [verdict, because])).toEqual([
    ["skipped", "nats is absent"],
    ["skipped", "nats is absent"],
  ]);
  expect(settled.outcome).toBe("skipped");
  expect(isAsExpected(settled)).toBe(false);
});

test("headline + is refuted before depends before holds, and no verdict before any", () => {
  expect(headline(["holds", "holds"])).toBe("holds");
  expect(headline(["holds", "depends"])).toBe("depends");
  expect(headline(["depends", "refuted", "holds"])).toBe("refuted");
  expect(headline(["refuted", "skipped"])).toBe("skipped");
  expect(headline(["skipped", "invalid", "refuted"])).toBe("invalid");
});

test("exitCodeOf + is 0 for what was expected, 1 for anything else, and for a skipped run 1 in CI only", () => {
  const unexpected = settle(experiment, report(holds("yes", [bites]), holds("also", [bites])));
  for (const ci of [true, false]) {
    expect(exitCodeOf(settle(experiment, expected), { ci })).toBe(0);
    expect(exitCodeOf(unexpected, { ci })).toBe(1);
  }
  expect(exitCodeOf(skip(experiment, "nats is absent"), { ci: false })).toBe(0);
  expect(exitCodeOf(skip(experiment, "nats is absent"), { ci: true })).toBe(1);
});
