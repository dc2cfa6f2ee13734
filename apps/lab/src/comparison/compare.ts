import { checkParity } from "../parity/check-parity.ts";
import type { RunningSystem } from "../system/running-system.ts";
import { type CallLoad, measureCalls } from "./measure-calls.ts";
import { measurePush, type PushLoad } from "./measure-push.ts";
import type { ComparisonReport } from "./report.ts";
import type { ComparisonSurroundings } from "./surroundings.ts";

/** How hard the first comparison works. */
export interface ComparisonLoad {
  readonly calls: CallLoad;
  readonly push: PushLoad;
}

/** About half a minute, light enough for two processors. */
export const FIRST_COMPARISON: ComparisonLoad = {
  calls: { ratePerSecond: 200, callsPerRound: 200, rounds: 2, warmupCalls: 100 },
  push: { orders: 60, ratePerSecond: 30 },
};

/** Parity first: figures of wires that do not tell the same would compare different things. */
export async function compare(
  system: RunningSystem,
  load: ComparisonLoad,
  { onProgress, signal }: ComparisonSurroundings,
): Promise<ComparisonReport> {
  const parity = await checkParity(system, (detail) => {
    signal.throwIfAborted();
    onProgress("checking parity", detail);
  });
  const wires = await measureCalls(system, load.calls, { onProgress, signal });
  const push = await measurePush(system, load.push, { onProgress, signal });
  return { ready: true, startMs: system.startMs, parts: system.versions, parity, wires, push };
}
