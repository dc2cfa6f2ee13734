import { setImmediate } from "node:timers/promises";
import type { HistogramData } from "@polywire/measure";
import type { Experiment, Need, RunContext } from "./experiment.ts";
import { type Size, withDefaults } from "./parameters.ts";
import { createRandom } from "./random.ts";
import { type Settled, settle, skip } from "./settle.ts";

/** How an experiment is run, and with what. */
export interface RunOptions {
  readonly size: Size;
  readonly seed: number;
  /** Values of parameters that are not to have their defaults. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  /** Told what is going on, for people. */
  readonly onProgress: (message: string) => void;
  /** The whole system, started at the first call. */
  readonly system: RunContext["system"];
  /** An Envoy of the experiment's own. */
  readonly startEnvoy: RunContext["startEnvoy"];
  /** Of the parts needed, what is absent and how to get it: a line each. */
  readonly missing: (needs: readonly Need[]) => Promise<readonly string[]>;
}

/** One run of an experiment, as plain data. */
export interface RunResult extends Settled, Pick<Experiment, "id" | "question" | "title"> {
  readonly size: Size;
  readonly seed: number;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly measurements: object;
  readonly histograms: Readonly<Record<string, HistogramData>>;
  /** How often it was run: an invalid run is repeated once. */
  readonly attempts: number;
  readonly startTime: Date;
  readonly durationMs: number;
}

const MAX_ATTEMPTS = 2;

/** Runs an experiment and judges what it found. A run that turns out invalid is repeated once, all of it. */
export async function runExperiment(experiment: Experiment, options: RunOptions): Promise<RunResult> {
  const { size, seed } = options;
  const { id, question, title } = experiment;
  const parameters = withDefaults(experiment.parameters, options.parameters, size);
  const startTime = new Date();
  const startedAt = performance.now();
  const about = { id, question, title, size, seed, parameters, startTime };

  const missing = experiment.needs.length === 0 ? [] : await options.missing(experiment.needs);
  if (missing.length > 0) {
    const settled = skip(experiment, missing.join("; "));
    return { ...about, ...settled, measurements: {}, histograms: {}, attempts: 0, durationMs: 0 };
  }
  for (let attempt = 1; ; attempt += 1) {
    const running = experiment.run({
      parameters,
      size,
      random: createRandom(seed),
      signal: options.signal,
      progress: async (message) => {
        options.onProgress(message);
        await setImmediate();
        options.signal.throwIfAborted();
      },
      system: options.system,
      startEnvoy: options.startEnvoy,
    });
    // Whatever a run that is to stop ends with, it is because it was to stop.
    const { measurements, histograms = {}, ...report } = await running.finally(() => options.signal.throwIfAborted());
    const settled = settle(experiment, { ...report, measurements });
    if (settled.outcome === "invalid" && attempt < MAX_ATTEMPTS) continue;
    const durationMs = performance.now() - startedAt;
    return { ...about, ...settled, measurements, histograms, attempts: attempt, durationMs };
  }
}
