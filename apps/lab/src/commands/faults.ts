import { join } from "node:path";
import { freePort } from "@polywire/system";
import type { LabConfig } from "../config.ts";
import { HEARTBEAT_MS } from "../faults/heartbeat.ts";
import { printFaults } from "../faults/print-faults.ts";
import { runScenarios } from "../faults/run-scenarios.ts";
import { SCENARIOS } from "../faults/scenarios/index.ts";
import { createStatus } from "../terminal/status.ts";
import { UsageError } from "../terminal/usage-error.ts";
import { startOptions } from "./start-options.ts";
import { stopSignal } from "./stop-signal.ts";

/** The flags of `lab faults`. */
export interface FaultsFlags {
  readonly only?: readonly string[];
  readonly json?: boolean;
}

/**
 * Plays the scenarios against a system of their own.
 * @returns the exit code: 1 when something was not as expected
 */
export async function faults(config: LabConfig, { only, json = false }: FaultsFlags): Promise<number> {
  const scenarios = only === undefined ? SCENARIOS : only.map(findScenario);
  using status = createStatus();
  const signal = stopSignal();
  const { startPolywire } = await import("../system/running-system.ts");
  const own = { ...config, home: join(config.home, "faults") };
  await using system = await startPolywire({
    ...startOptions(own, { fresh: true, realtime: 1, tap: ["gateway>orders"] }, { status, signal }),
    faults: true,
    // Not the port that the user's own system will want.
    port: (await freePort()).port,
    heartbeatMs: HEARTBEAT_MS,
  });
  const startedAt = performance.now();
  const results = await runScenarios(scenarios, { system, signal, onProgress: status.show });
  const durationMs = Math.round(performance.now() - startedAt);
  status.clear();
  const ok = results.every((result) => result.ok);
  process.stdout.write(
    json ? `${JSON.stringify({ ok, durationMs, results })}\n` : `${printFaults(scenarios, { results, durationMs })}\n`,
  );
  return ok ? 0 : 1;
}

function findScenario(name: string): (typeof SCENARIOS)[number] {
  const found = SCENARIOS.find(({ fault }) => fault === name);
  if (found === undefined) {
    throw new UsageError(`there is no scenario of ${name}: ${SCENARIOS.map(({ fault }) => fault).join(", ")}`);
  }
  return found;
}
