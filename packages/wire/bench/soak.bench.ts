/**
 * Whether a tap's memory stays within its bounds under a stream that does not end: what the process of the tap holds,
 * garbage collected, from behind the warm-up to the end.
 *
 *     node packages/wire/bench/soak.bench.ts [--minutes 1] [--megabytes-per-second 50] [--json]
 *
 * Exits 1 when it grows by more than the targets.
 */
import { parseArgs } from "node:util";
import { SOAK_LIMITS, soak } from "./support/soak.ts";

const PIECE_BYTES = 65_536;
const WARMUP_SECONDS = 10;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    "megabytes-per-second": { type: "string", default: "50" },
    json: { type: "boolean", default: false },
  },
});
const seconds = Number(values.minutes) * 60;
const piecesPerSecond = Math.ceil((Number(values["megabytes-per-second"]) * 1e6) / PIECE_BYTES);
if (!(seconds > 2 * WARMUP_SECONDS && piecesPerSecond > 0))
  throw new RangeError("minutes and megabytes are above 0.34");

const report = await soak({ seconds, warmupSeconds: WARMUP_SECONDS, piecesPerSecond, leak: false });
const { bytes, samples, heapGrowthBytes, rssGrowthBytes } = report;
const mb = (count: number): string => (count / 1e6).toFixed(1).padStart(9);
const lines = samples.map(
  ({ atSeconds, heapBytes, rssBytes }) =>
    `${atSeconds.toFixed(0).padStart(6)} s ${mb(heapBytes)} MB ${mb(rssBytes)} MB`,
);
process.stdout.write(
  values.json
    ? `${JSON.stringify({ benchmark: "wire-soak", results: { seconds, ...report, target: SOAK_LIMITS } })}\n`
    : `${[
        `a stream of ${(bytes / 1e9).toFixed(2)} GB in ${seconds} s; the tap's heap and resident memory`,
        ...lines,
        `growth   ${mb(heapGrowthBytes)} MB ${mb(rssGrowthBytes)} MB`,
        `target ≤ ${mb(SOAK_LIMITS.heapGrowthBytes)} MB ${mb(SOAK_LIMITS.rssGrowthBytes)} MB`,
      ].join("\n")}\n`,
);
const met = heapGrowthBytes <= SOAK_LIMITS.heapGrowthBytes && rssGrowthBytes <= SOAK_LIMITS.rssGrowthBytes;
process.exitCode = met ? 0 : 1;
