/** What an experiment can say about a claim. */
export type Finding = "holds" | "refuted" | "depends";

/** A finding, or why there is none: `invalid` and `skipped` never count as a pass. */
export type Outcome = Finding | "invalid" | "skipped";

/** A wrong way, run beside the right one: it must show its failure, or the claim's finding counts for nothing. */
export interface Control {
  readonly name: string;
  /** Whether it failed as it must. */
  readonly bit: boolean;
  /** What was seen. */
  readonly because: string;
}

/** A condition and what was measured under it. */
export interface Condition {
  readonly when: string;
  readonly verdict: "holds" | "refuted";
  /** The numbers. */
  readonly because: string;
}

/** What a run found about one claim. Made by the functions below, judged by `settle`. */
export interface Verdict {
  readonly verdict: Finding;
  /** Why, with the numbers. */
  readonly because: string;
  readonly conditions: readonly Condition[];
  readonly controls: readonly Control[];
}

/** At least one control: a right way that works proves nothing alone. */
type Controls = readonly [Control, ...Control[]];

/** The claim is true as stated. */
export function holds(because: string, controls: Controls): Verdict {
  return { verdict: "holds", because, conditions: [], controls };
}

/** The claim is false as stated. */
export function refuted(because: string, controls: Controls): Verdict {
  return { verdict: "refuted", because, conditions: [], controls };
}

/** `holds` or `refuted`, by whether what the claim says was measured. */
export function holdsIf(condition: boolean, because: string, controls: Controls): Verdict {
  return condition ? holds(because, controls) : refuted(because, controls);
}

/**
 * True under some conditions and false under others. The two sides are each other's control; more can be given.
 * @throws RangeError unless at least one condition was measured on each side.
 */
export function depends(conditions: readonly Condition[], controls: readonly Control[] = []): Verdict {
  const sides = new Set(conditions.map(({ verdict }) => verdict));
  if (sides.size < 2)
    throw new RangeError("depends takes a measured condition on each side: one holds, one is refuted");
  return { verdict: "depends", because: explain(conditions), conditions, controls };
}

/** `holds` or `refuted` when every condition agrees, `depends` when they split. */
export function byConditions(conditions: readonly [Condition, ...Condition[]], controls: Controls): Verdict {
  const sides = new Set(conditions.map(({ verdict }) => verdict));
  if (sides.size > 1) return depends(conditions, controls);
  return { verdict: conditions[0].verdict, because: explain(conditions), conditions, controls };
}

/** One condition of a claim: the claim holds there, or is refuted there. */
export function when(condition: string, measured: boolean, because: string): Condition {
  return { when: condition, verdict: measured ? "holds" : "refuted", because };
}

function explain(conditions: readonly Condition[]): string {
  return conditions.map(({ when, verdict, because }) => `${when}: ${verdict}, ${because}`).join("; ");
}
