import { settle } from "./settle.ts";
import type { Finding, Outcome, Verdict } from "./verdicts.ts";

/** What a run would make of a verdict, for the tests of claims. */
export function outcomeOf(verdict: Verdict): Outcome {
  const claims = [{ id: "01.1", text: "", expected: "holds" }] as const;
  return settle({ claims, untested: [] }, { measurements: {}, verdicts: { "01.1": verdict } }).outcome;
}

/** The same, and on which sides its conditions fell. */
export function judge(verdict: Verdict): { readonly outcome: Outcome; readonly sides: readonly Finding[] } {
  return { outcome: outcomeOf(verdict), sides: verdict.conditions.map((condition) => condition.verdict) };
}
