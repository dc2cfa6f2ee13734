import { styleText } from "node:util";
import { compare, FIRST_COMPARISON } from "../comparison/compare.ts";
import { printReport } from "../comparison/print-report.ts";
import { succeeded } from "../comparison/report.ts";
import type { LabConfig } from "../config.ts";
import { startPolywire } from "../system/running-system.ts";
import { printAddresses } from "../terminal/addresses.ts";
import { createStatus } from "../terminal/status.ts";
import { type SystemFlags, startOptions } from "./start-options.ts";
import { stopSignal, untilRequest, untilStopped } from "./stop-signal.ts";

/** The flags of `npm start`. */
export interface StartFlags extends SystemFlags {
  readonly once?: boolean;
  readonly json?: boolean;
}

/**
 * Starts everything, compares the wires, and stays until it is stopped, or with `once` ends after the table.
 * @returns the exit code: 1 when a wire failed or parity broke
 */
export async function start(config: LabConfig, flags: StartFlags): Promise<number> {
  const { once = false, json = false } = flags;
  using status = createStatus();
  const signal = stopSignal();
  await using system = await startPolywire(startOptions(config, flags, { signal, status }));
  const ended = Promise.race([system.failure, untilStopped(signal)]);
  const over = new AbortController();
  ended.catch((reason) => over.abort(reason));
  status.clear();
  if (!json) process.stdout.write(`${printAddresses(system)}\n\n`);
  const comparison = compare(system, FIRST_COMPARISON, { onProgress: status.show, signal: over.signal });
  const report = await Promise.race([comparison, ended]);
  status.clear();
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${printReport(report)}\n`);
  if (once) return succeeded(report) ? 0 : 1;
  if (!json) process.stdout.write(`\n${styleText("dim", "Running until Ctrl-C.")}\n`);
  return await untilRequest(ended);
}
