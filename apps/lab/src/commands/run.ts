import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { findEnvoy, startEnvoy } from "@polywire/system";
import type { LabConfig } from "../config.ts";
import { writeEvidence } from "../experiments/framework/evidence.ts";
import type { SystemOptions } from "../experiments/framework/experiment.ts";
import { describeMachine, type Machine, withServers } from "../experiments/framework/machine.ts";
import { missingParts } from "../experiments/framework/missing-parts.ts";
import { printRun } from "../experiments/framework/print-run.ts";
import { type RunOptions, type RunResult, runExperiment } from "../experiments/framework/run-experiment.ts";
import { exitCodeOf } from "../experiments/framework/settle.ts";
import type { RunningSystem } from "../system/running-system.ts";
import type { Hop } from "../tap/hops.ts";
import { createStatus, type Status } from "../terminal/status.ts";
import { readRunArguments } from "./run-arguments.ts";
import { partOptions, type StartSurroundings, startOptions } from "./start-options.ts";
import { stopSignal } from "./stop-signal.ts";

/**
 * Runs an experiment and says whether its claims hold.
 * @returns the exit code, as `exitCodeOf` has it
 */
export async function run(config: LabConfig, args: readonly string[]): Promise<number> {
  const { experiment, json, evidence, ...chosen } = await readRunArguments(args);
  // Better before the run than after it.
  if (evidence !== undefined) await mkdir(evidence, { recursive: true });
  const before = await describeMachine();
  const status = createStatus();
  const signal = stopSignal();
  await using system = createLazySystem(config, { status, signal });
  const envoy = createEnvoyStarter(config, { status, signal });
  const result = await runExperiment(experiment, {
    ...chosen,
    signal,
    onProgress: unhurried(status),
    system: system.start,
    startEnvoy: envoy.start,
    missing: (needs) =>
      missingParts(needs, { partOptions: partOptions(config, status.show), environment: config.environment }),
  });
  const machine = withServers(before, { ...envoy.versions(), ...system.versions() });
  const path = evidence === undefined ? undefined : await writeEvidence(evidence, result, machine);
  status.clear();
  process.stdout.write(
    json ? `${JSON.stringify(document(result, machine, path))}\n` : `${printRun(experiment, result, path)}\n`,
  );
  return exitCodeOf(result, { ci: config.environment.CI === "true" });
}

/** What `--json` prints: everything but the raw histograms, which are in the evidence. */
function document({ histograms, ...result }: RunResult, environment: Machine, evidence: string | undefined) {
  return { ...result, environment, evidence: evidence ?? null };
}

/** Starts Envoys beside the system, and remembers which. */
function createEnvoyStarter(config: LabConfig, { status, signal }: StartSurroundings) {
  let version: string | null = null;
  const start: RunOptions["startEnvoy"] = async (options) => {
    const parts = partOptions(config, status.show);
    const found = await findEnvoy(parts);
    if (found.found) version = found.version;
    return startEnvoy({ ...options, parts, signal });
  };
  return { start, versions: () => ({ envoy: version }) };
}

interface LazySystem extends AsyncDisposable {
  start(options?: SystemOptions): Promise<RunningSystem>;
  versions(): Readonly<Record<string, string | null>>;
}

/** A system of its own, empty, started when an experiment asks for it: it disturbs none that is running. */
function createLazySystem(config: LabConfig, around: StartSurroundings): LazySystem {
  let starting: Promise<RunningSystem> | undefined;
  let running: RunningSystem | undefined;
  let tapped: readonly Hop[] = [];
  return {
    start: ({ tap = [], ...wanted } = {}) => {
      if (starting === undefined) tapped = tap;
      const late = tap.find((hop) => !tapped.includes(hop));
      if (late !== undefined) throw new Error(`${late} can't be tapped any more: the system has started without`);
      starting ??= (async () => {
        const { startPolywire } = await import("../system/running-system.ts");
        const home = join(config.home, "experiments");
        running = await startPolywire({
          ...startOptions({ ...config, home }, { fresh: true, tap }, around),
          ...wanted,
          startedAt: performance.now(),
        });
        return running;
      })();
      return starting;
    },
    versions: () => running?.versions ?? {},
    [Symbol.asyncDispose]: async () => {
      await (await starting?.catch(() => undefined))?.[Symbol.asyncDispose]();
    },
  };
}

const QUIET_MS = 2_000;
/** On a terminal a message takes the place of the last one; elsewhere each is a line that stays. */
const PAUSE_MS = process.stderr.isTTY ? 1_000 : 10_000;

/** Shows nothing of what is over soon, and after that one message now and then. */
function unhurried(status: Status): (message: string) => void {
  let nextAt = performance.now() + QUIET_MS;
  return (message) => {
    if (performance.now() < nextAt) return;
    nextAt = performance.now() + PAUSE_MS;
    status.show(message);
  };
}
