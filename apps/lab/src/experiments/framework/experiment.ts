import type { HistogramData } from "@polywire/measure";
import type { EnvoyOptions, EnvoyServer } from "@polywire/system";
import type { RunningSystem, StartOptions } from "../../system/running-system.ts";
import { flagOf, type ParameterSet, type Size, type ValuesOf } from "./parameters.ts";
import type { Random } from "./random.ts";
import type { Finding, Verdict } from "./verdicts.ts";

/** A real program that an experiment cannot do without; where it is absent, the experiment is skipped. */
export type Need = "pg" | "nats" | "envoy" | "chromium";

/** A sentence that a run tests. */
export interface Claim<Id extends string = string> {
  /** The experiment's number and its own: `15.3`. */
  readonly id: Id;
  readonly text: string;
  /** What a run is expected to find, refuted claims too: a change is news. */
  readonly expected: Finding;
}

/** A claim of the question that no run can test: a survey, or advice. Listed in the evidence, without a verdict. */
export interface UntestedClaim {
  readonly text: string;
  /** Why it is not testable here. */
  readonly because: string;
}

/** A check of the run itself: one that failed makes the whole run invalid. */
export interface ValidityCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly because: string;
}

/** How an experiment wants the system. */
export type SystemOptions = Pick<StartOptions, "tap" | "environment" | "logLevel">;

/** What a run is given. */
export interface RunContext<Values = Readonly<Record<string, unknown>>> {
  readonly parameters: Values;
  readonly size: Size;
  /** Every random choice comes from here. */
  readonly random: Random;
  /** Aborts when the run is to stop. */
  readonly signal: AbortSignal;
  /** Says what is going on, lets other work have its turn, and throws when the run is to stop. */
  progress(message: string): Promise<void>;
  /**
   * The whole system with no orders and no events, started at the first call. `tap` names hops to tap, for
   * `RunningSystem.taps`; a later call must not name others. What else the first call says holds for all.
   */
  system(options?: SystemOptions): Promise<RunningSystem>;
  /** An Envoy of the experiment's own; the caller closes it. */
  startEnvoy(options: Pick<EnvoyOptions, "config" | "port">): Promise<EnvoyServer>;
}

/** What a run found. */
export interface Report<ClaimId extends string = string, Measurements extends object = object> {
  /** Plain JSON, by name. */
  readonly measurements: Measurements;
  /** One for each claim. */
  readonly verdicts: Readonly<Record<ClaimId, Verdict>>;
  readonly checks?: readonly ValidityCheck[];
  /** Raw distributions, by name. */
  readonly histograms?: Readonly<Record<string, HistogramData>>;
}

/** What a picture is drawn from: what the evidence of the run holds, so that it can be drawn again later. */
export interface View<Values = Readonly<Record<string, unknown>>, Measurements extends object = object> {
  readonly parameters: Values;
  readonly measurements: Measurements;
}

/** An experiment as its folder defines it. */
export interface ExperimentDefinition<ClaimId extends string, P extends ParameterSet, M extends object> {
  /** The name of the folder: two digits and a slug. */
  readonly id: string;
  /** The question it answers, 1 to 28; null for an extra experiment. */
  readonly question: number | null;
  /** What is asked, in a line. */
  readonly title: string;
  readonly needs: readonly Need[];
  readonly parameters: P;
  readonly claims: readonly [Claim<ClaimId>, ...Claim<ClaimId>[]];
  readonly untested?: readonly UntestedClaim[];
  run(context: RunContext<ValuesOf<P>>): Promise<Report<NoInfer<ClaimId>, M>>;
  /** The picture for a terminal of 80 columns; must be readable without colour. */
  draw(view: View<ValuesOf<P>, NoInfer<M>>): string;
}

/** An experiment, whichever it is. */
export interface Experiment {
  readonly id: string;
  readonly question: number | null;
  readonly title: string;
  readonly needs: readonly Need[];
  readonly parameters: ParameterSet;
  readonly claims: readonly Claim[];
  readonly untested: readonly UntestedClaim[];
  run(context: RunContext): Promise<Report>;
  draw(view: View): string;
}

/** Names of folders that are experiments. */
export const EXPERIMENT_ID = /^(\d{2})-[a-z0-9]+(-[a-z0-9]+)*$/;

/** Flags that every experiment has. */
const COMMON_FLAGS: ReadonlySet<string> = new Set(["json", "size", "seed", "evidence", "help"]);

/**
 * Checks a definition: its folder's `index.ts` exports the result as `experiment`.
 * @throws RangeError that names the experiment and the mistake.
 */
export function defineExperiment<const ClaimId extends string, const P extends ParameterSet, M extends object>(
  definition: ExperimentDefinition<ClaimId, P, M>,
): Experiment {
  const complaint = complaintAbout(definition);
  if (complaint !== undefined) throw new RangeError(`experiment ${definition.id}: ${complaint}`);
  return {
    ...definition,
    untested: definition.untested ?? [],
    // What the parameters' types promise is what the framework resolves for the same definition.
    run: (context) => definition.run(context as RunContext<ValuesOf<P>>),
    draw: (view) => definition.draw(view as View<ValuesOf<P>, M>),
  };
}

function complaintAbout({ id, question, claims, parameters }: Omit<Experiment, "run" | "draw" | "untested">) {
  const [, number] = EXPERIMENT_ID.exec(id) ?? [];
  if (number === undefined) return "its id must be two digits and a slug: 15-protobuf-wire-format";
  if (question !== null && !(Number.isInteger(question) && question >= 1 && question <= 28)) {
    return `question must be 1 to 28 or null, not ${question}`;
  }
  for (const [index, claim] of claims.entries()) {
    if (claim.id !== `${number}.${index + 1}`) return `claim ${claim.id} must be ${number}.${index + 1}`;
  }
  const taken = Object.keys(parameters).find((name) => COMMON_FLAGS.has(flagOf(name)));
  return taken === undefined ? undefined : `parameter ${taken} is a flag of every experiment: rename it`;
}
