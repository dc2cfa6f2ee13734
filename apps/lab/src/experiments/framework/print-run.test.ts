import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import type { Experiment } from "./experiment.ts";
import { parameter } from "./parameters.ts";
import { printRun } from "./print-run.ts";
import type { RunResult } from "./run-experiment.ts";
import { settle, skip } from "./settle.ts";
import { holds } from "./verdicts.ts";

const long = "words ".repeat(40).trim();

const experiment: Experiment = {
  id: "41-something",
  question: null,
  title: "Something",
  needs: [],
  parameters: {
    showSchema: parameter.onOff({ description: "", default: false }),
    gap: parameter.duration({ description: "", default: 300, minMs: 1, maxMs: 900 }),
    items: parameter.list(parameter.whole({ description: "", default: 0, min: 0, max: 9 }), {
      description: "",
      default: [],
    }),
  },
  claims: [{ id: "41.1", text: long, expected: "refuted" }],
  untested: [{ text: "most do it so", because: "a survey" }],
  run: () => Promise.reject(new Error("not run here")),
  draw: () => "THE PICTURE",
};

const run = {
  ...experiment,
  size: "small",
  seed: 1,
  parameters: { showSchema: true, gap: 300, items: [0, 2] },
  measurements: {},
  histograms: {},
  attempts: 1,
  startTime: new Date(0),
  durationMs: 1_234,
} as const;

function print(result: Omit<RunResult, "draw">, evidence?: string): string {
  return stripVTControlCharacters(printRun(experiment, result, evidence));
}

test("printRun + marks a claim that came out otherwise, a control that did not bite and a check that failed", () => {
  const controls = [{ name: "naive", bit: true, because: "it failed" }] as const;
  const unexpected = print({
    ...run,
    ...settle(experiment, { measurements: {}, verdicts: { "41.1": holds(long, controls) } }),
  });
  expect(unexpected).toMatch(/✗ 41\.1 {2}holds +words/);
  expect(unexpected).toMatch(/expected refuted/);
  expect(unexpected).toContain("✗ holds · 0 of 1 claims as expected · 1.2 s");
  expect(unexpected).toContain("THE PICTURE");
  expect(unexpected).toContain("untested most do it so (a survey)");

  const idle = { ...controls[0], bit: false };
  const checks = [{ name: "send lag", ok: false, because: "p99 30 ms" }];
  const invalid = print({
    ...run,
    ...settle(experiment, { measurements: {}, verdicts: { "41.1": holds(long, [idle]) }, checks }),
    attempts: 2,
  });
  expect(invalid).toMatch(/no bite +naive: it failed/);
  expect(invalid).toContain("CHECK FAILED: send lag: p99 30 ms");
  expect(invalid).toContain("✗ invalid · 0 of 1 claims as expected · run 2 times");
});

test("printRun + shows what a skipped experiment lacks, and no picture", () => {
  const text = print({ ...run, ...skip(experiment, "nats is absent: install it") });
  expect(text).toMatch(/– 41\.1 {2}skipped/);
  expect(text).toContain("nats is absent: install it");
  expect(text).not.toContain("THE PICTURE");
});

test("printRun + says which knobs were set and where the evidence lies, in 80 columns", () => {
  const controls = [{ name: long, bit: true, because: long }] as const;
  const checks = [{ name: "parity", ok: true, because: long }];
  const text = print(
    { ...run, ...settle(experiment, { measurements: {}, verdicts: { "41.1": holds(long, controls) }, checks }) },
    "/evidence/file.json",
  );
  expect(text).toContain("--show-schema on --gap 300ms --items 0,2");
  expect(text).toContain("evidence: /evidence/file.json");
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
});
