import type { Claim, Experiment, Report, UntestedClaim, ValidityCheck } from "./experiment.ts";
import type { Condition, Control, Outcome, Verdict } from "./verdicts.ts";

/** A claim and what it came to. */
export interface ClaimResult extends Claim {
  readonly verdict: Outcome;
  readonly because: string;
  readonly conditions: readonly Condition[];
  readonly controls: readonly Control[];
}

/** What a run came to: the claims and the headline. */
export interface Settled {
  readonly claims: readonly ClaimResult[];
  readonly outcome: Outcome;
  readonly checks: readonly ValidityCheck[];
  readonly untested: readonly UntestedClaim[];
}

/** Judges a report: what its run cannot vouch for becomes `invalid`. */
export function settle(experiment: Pick<Experiment, "claims" | "untested">, report: Report): Settled {
  const checks = report.checks ?? [];
  const failed = checks.find(({ ok }) => !ok);
  const claims = experiment.claims.map((claim): ClaimResult => {
    const verdict = report.verdicts[claim.id];
    if (verdict === undefined) throw new Error(`the run gave no verdict on claim ${claim.id}`);
    const doubt = failed === undefined ? doubtAbout(verdict) : `${failed.name} failed: ${failed.because}`;
    if (doubt === undefined) return { ...claim, ...verdict };
    const because = `${doubt}; without that it would be ${verdict.verdict}: ${verdict.because}`;
    return { ...claim, ...verdict, verdict: "invalid", because };
  });
  return { claims, outcome: headline(claims.map(({ verdict }) => verdict)), checks, untested: experiment.untested };
}

/** What an experiment comes to that was not run, because a part that it needs is absent. */
export function skip(experiment: Pick<Experiment, "claims" | "untested">, because: string): Settled {
  const claims = experiment.claims.map(
    (claim): ClaimResult => ({ ...claim, verdict: "skipped", because, conditions: [], controls: [] }),
  );
  return { claims, outcome: "skipped", checks: [], untested: experiment.untested };
}

/** One word for several claims: the first of these that any of them came to. */
export function headline(verdicts: readonly Outcome[]): Outcome {
  const order = ["invalid", "skipped", "refuted", "depends"] as const;
  return order.find((outcome) => verdicts.includes(outcome)) ?? "holds";
}

/** Whether a run counts and found what was expected of every claim. */
export function isAsExpected({ claims }: Pick<Settled, "claims">): boolean {
  return claims.every(({ verdict, expected }) => verdict === expected);
}

/**
 * The exit code of a run: 0 when it counts and every verdict is the expected one. A skipped run is no failure on a
 * machine that lacks a part, and one in CI, which must have them all.
 */
export function exitCodeOf(settled: Pick<Settled, "claims" | "outcome">, { ci }: { readonly ci: boolean }): 0 | 1 {
  if (settled.outcome === "skipped") return ci ? 1 : 0;
  return isAsExpected(settled) ? 0 : 1;
}

function doubtAbout({ verdict, controls }: Verdict): string | undefined {
  const idle = controls.find(({ bit }) => !bit);
  if (idle !== undefined) return `the control "${idle.name}" did not bite: ${idle.because}`;
  return controls.length === 0 && verdict !== "depends" ? "no control was run" : undefined;
}
