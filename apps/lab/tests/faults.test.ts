import { expect, test } from "vitest";
import type { CaseResult } from "../src/faults/run-scenarios.ts";
import { SCENARIOS } from "../src/faults/scenarios/index.ts";
import { runLab } from "./support/lab-process.ts";
import { ownHome } from "./support/own-home.ts";

test("lab faults + every fault bites, and every wire makes of it what is expected", async () => {
  await using home = await ownHome();
  const { code, stdout, stderr } = await runLab({ args: ["faults", "--json"], environment: home.environment });
  expect(stdout, stderr).not.toBe("");
  const { ok, results }: { ok: boolean; results: readonly CaseResult[] } = JSON.parse(stdout);
  expect(results.filter((result) => !result.ok)).toEqual([]);
  expect(results.length).toBe(SCENARIOS.flatMap(({ cases }) => cases).length);
  expect({ code, ok }).toEqual({ code: 0, ok: true });
  await home.deserted();
});

test("lab faults --only + an unknown fault is wrong usage", async () => {
  const { code, stdout, stderr } = await runLab({ args: ["faults", "--only", "lag"] });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("there is no scenario of lag: latency, bandwidth");
});
