import { expect, test } from "vitest";
import { collect } from "./support/collect.ts";
import { fuzz } from "./support/fuzz.ts";
import { fuzzTargets } from "./support/fuzz-targets.ts";

const RUNS = 20_000;

test(`all decoders + ${RUNS} damaged inputs never throw, hang or grow memory`, async () => {
  const report = await fuzz(fuzzTargets(1), { runs: RUNS, seed: 1, collect });
  expect(report.slowestMs).toBeLessThan(1000);
  expect(report.heapGrowthBytes).toBeLessThan(16 * 1024 * 1024);
});
