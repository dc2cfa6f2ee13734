import { startOptions } from "../../src/commands/start-options.ts";
import { stopSignal } from "../../src/commands/stop-signal.ts";
import { compare } from "../../src/comparison/compare.ts";
import { printReport } from "../../src/comparison/print-report.ts";
import { type ComparisonReport, succeeded } from "../../src/comparison/report.ts";
import { readConfig } from "../../src/config.ts";
import { startPolywire } from "../../src/system/running-system.ts";
import { createStatus } from "../../src/terminal/status.ts";

/** What `lab-without-parts.ts` prints. */
export interface WithoutParts {
  readonly report: ComparisonReport;
  readonly table: string;
  readonly run: object;
}

/**
 * `lab start --once` on a machine whose PATH is the first argument and that has fetched nothing, with few calls. Run
 * as a process of its own; it prints one `WithoutParts`.
 */
const [PATH = ""] = process.argv.slice(2);
const config = readConfig();
using status = createStatus();
const signal = stopSignal();
await using system = await startPolywire({
  ...startOptions(config, {}, { signal, status }),
  partOptions: { root: config.home, environment: { PATH } },
});
const load = {
  calls: { ratePerSecond: 100, callsPerRound: 50, rounds: 1, warmupCalls: 10 },
  push: { orders: 20, ratePerSecond: 20 },
};
const report = await compare(system, load, { onProgress: status.show, signal });
const result: WithoutParts = { report, table: printReport(report), run: system.run };
process.stdout.write(JSON.stringify(result));
process.exitCode = succeeded(report) ? 0 : 1;
