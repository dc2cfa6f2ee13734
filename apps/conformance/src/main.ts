import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { findConnectconformance } from "@polywire/system";
import { partsFromEnvironment } from "./config.ts";
import { type RunResult, withResults } from "./suite/results-page.ts";
import { runSuite } from "./suite/run-suite.ts";
import { SUITE_RUNS } from "./suite/runs.ts";
import { summarize } from "./suite/summary.ts";
import { describeVersions } from "./suite/versions.ts";

const PAGE = new URL("../../../docs/conformance.md", import.meta.url);

const { positionals: names, values } = parseArgs({ allowPositionals: true, options: { write: { type: "boolean" } } });
const unknown = names.filter((name) => !SUITE_RUNS.some((run) => run.name === name));
if (unknown.length > 0 || (values.write && names.length > 0)) {
  process.stderr.write(`usage: npm run conformance [-- --write | ${SUITE_RUNS.map(({ name }) => name).join(" | ")}]\n`);
  process.exit(2);
}

const onProgress = ({ message }: { message: string }) => process.stderr.write(`${message}\n`);
const runner = await findConnectconformance({ ...partsFromEnvironment(), onProgress });
if (!runner.found || runner.path === undefined) {
  process.stderr.write(`the suite cannot be run: ${runner.found ? "" : `${runner.reason}; ${runner.howTo}`}\n`);
  process.exit(1);
}
const stopping = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stopping.abort());
const results: RunResult[] = [];
for (const run of SUITE_RUNS.filter(({ name }) => names.length === 0 || names.includes(name))) {
  if (stopping.signal.aborted) break;
  const { ok, output } = await runSuite(run, { runner: runner.path, signal: stopping.signal });
  process.stdout.write(`\n${run.name}\n${output}`);
  if (ok) results.push({ run, summary: summarize(output) });
  else process.exitCode = 1;
}
if (values.write && process.exitCode !== 1) {
  const page = await readFile(PAGE, "utf8");
  await writeFile(PAGE, withResults(page, results, await describeVersions(runner.version)));
}
