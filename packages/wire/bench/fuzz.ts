import { parseArgs } from "node:util";
import { collect } from "../tests/support/collect.ts";
import { fuzz } from "../tests/support/fuzz.ts";
import { fuzzTargets } from "../tests/support/fuzz-targets.ts";

// node packages/wire/bench/fuzz.ts --runs 1000000 --seed 1
const { values } = parseArgs({
  options: { runs: { type: "string", default: "20000" }, seed: { type: "string", default: "1" } },
});
const runs = Number(values.runs);
const seed = Number(values.seed);
if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed)) {
  process.stderr.write("usage: fuzz.ts [--runs N] [--seed N], both whole numbers\n");
  process.exitCode = 2;
} else {
  const started = performance.now();
  const report = await fuzz(fuzzTargets(seed), { runs, seed, collect });
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`${JSON.stringify({ ...report, seed, seconds: Number(seconds.toFixed(1)) })}\n`);
}
