import { findConnectconformance } from "@polywire/system";
import { beforeAll, expect, test } from "vitest";
import { partsFromEnvironment } from "../src/config.ts";
import { runSuite } from "../src/suite/run-suite.ts";
import { SUITE_RUNS } from "../src/suite/runs.ts";
import { summarize } from "../src/suite/summary.ts";

let runner = "";

// Building the runner takes about a minute on a new machine.
beforeAll(async () => {
  const found = await findConnectconformance(partsFromEnvironment());
  if (!found.found || found.path === undefined) throw new Error(`the suite cannot be run: ${JSON.stringify(found)}`);
  runner = found.path;
}, 300_000);

test.each(SUITE_RUNS)(
  "$name passes every case of the public suite but those known to fail",
  async (run) => {
    const { ok, output } = await runSuite(run, { runner });
    const { groups, failed } = summarize(output);
    expect(failed, output).toEqual([]);
    expect(ok, output).toBe(true);
    // Features declared by mistake could leave hardly anything to run.
    expect(groups.reduce((sum, group) => sum + group.cases, 0)).toBeGreaterThan(400);
  },
  250_000,
);
