import type { Fault } from "@polywire/wire/faults";
import type { RunningSystem } from "../system/running-system.ts";
import { createTurns } from "../wires/turns.ts";
import type { Case, Scenario } from "./scenario.ts";
import { openStage, type StageOptions } from "./stage.ts";

/** How one case went. */
export interface CaseResult {
  readonly fault: Fault["kind"];
  readonly wire: string;
  readonly hop: string;
  /** What was done. */
  readonly does: string;
  /** As it was set. */
  readonly setting: Fault;
  readonly expected: string;
  readonly happened: string;
  /** How often the fault struck. */
  readonly strikes: number;
  readonly control: { readonly expected: string; readonly happened: string };
  /** Everything as expected, and the fault did strike. */
  readonly ok: boolean;
  readonly durationMs: number;
}

/** What {@link runScenarios} is told. */
export interface RunScenariosOptions {
  readonly system: RunningSystem;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
}

const PROGRESS_EVERY = 10;
/** Most of a case is waiting. */
const AT_ONCE = 4;

/** Plays every case, without its fault and with it. */
export async function runScenarios(
  scenarios: readonly Scenario[],
  { system, signal, onProgress }: RunScenariosOptions,
): Promise<CaseResult[]> {
  const cases = scenarios.flatMap((scenario) => scenario.cases);
  const results = new Map<Case, CaseResult>();
  const run = async (one: Case): Promise<void> => {
    results.set(one, await runCase(one, { system, signal }));
    if (results.size % PROGRESS_EVERY === 0) onProgress(`${results.size} of ${cases.length} cases played`);
  };
  // What stands in front of a client of its own concerns nobody else; a hop inside is everybody's.
  const turns = createTurns(AT_ONCE);
  const takeTurn = async (one: Case): Promise<void> => {
    await turns.take();
    try {
      await run(one);
    } finally {
      turns.give();
    }
  };
  await Promise.all(cases.filter(({ hop }) => hop === "client").map(takeTurn));
  for (const one of cases) if (one.hop !== "client") await run(one);
  return cases.flatMap((one) => results.get(one) ?? []);
}

async function runCase(one: Case, around: Omit<RunScenariosOptions, "onProgress">): Promise<CaseResult> {
  const startedAt = performance.now();
  const control = await play(one, { ...around, withFault: false });
  const struck = await play(one, { ...around, withFault: true });
  return { ...judge(one, { control, struck }), durationMs: Math.round(performance.now() - startedAt) };
}

/** One run of a case. */
export interface Played {
  readonly happened: string;
  readonly strikes: number;
}

/** Holds both runs of a case against what is expected. A fault that did not strike has shown nothing. */
export function judge(
  one: Case,
  { control, struck }: { readonly control: Played; readonly struck: Played },
): Omit<CaseResult, "durationMs"> {
  const { fault: setting, wire, hop, does, expected } = one;
  const { happened, strikes } = struck;
  return {
    fault: setting.kind,
    wire,
    hop,
    does,
    setting,
    expected,
    happened,
    strikes,
    control: { expected: one.control, happened: control.happened },
    ok: happened === expected && control.happened === one.control && strikes > 0,
  };
}

/** A case that breaks off tells why in place of what happened. */
async function play(one: Case, options: StageOptions): Promise<Played> {
  options.signal.throwIfAborted();
  let strikes = 0;
  try {
    await using stage = await openStage(one, options);
    const happened = await one.act(stage).finally(() => {
      ({ strikes } = stage);
    });
    return { happened, strikes };
  } catch (error) {
    options.signal.throwIfAborted();
    return { happened: `broke off: ${error instanceof Error ? error.message : String(error)}`, strikes };
  }
}
