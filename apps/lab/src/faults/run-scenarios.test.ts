import { stripVTControlCharacters } from "node:util";
import { FAULT_KINDS } from "@polywire/wire/faults";
import { expect, test } from "vitest";
import { printFaults } from "./print-faults.ts";
import { judge } from "./run-scenarios.ts";
import type { Case } from "./scenario.ts";
import { SCENARIOS } from "./scenarios/index.ts";

const one: Case = {
  wire: "grpc",
  hop: "client",
  fault: { kind: "freeze" },
  does: "a call",
  act: async () => "",
  expected: "DEADLINE_EXCEEDED",
  control: "OK",
};
const good = { control: { happened: "OK", strikes: 0 }, struck: { happened: "DEADLINE_EXCEEDED", strikes: 1 } };

test.each([
  ["as expected", good, true],
  ["another outcome", { ...good, struck: { happened: "OK", strikes: 1 } }, false],
  ["another control", { ...good, control: { happened: "UNAVAILABLE", strikes: 0 } }, false],
  ["no strike", { ...good, struck: { happened: "DEADLINE_EXCEEDED", strikes: 0 } }, false],
])("judge + %s", (_, played, ok) => {
  expect(judge(one, played).ok).toBe(ok);
});

test("printFaults + says what was expected where something else happened, in 100 columns", () => {
  const bad = judge(one, { control: { happened: "UNAVAILABLE", strikes: 0 }, struck: { happened: "OK", strikes: 0 } });
  const results = [judge(one, good), bad].map((result) => ({ ...result, durationMs: 500 }));
  const text = stripVTControlCharacters(
    printFaults([{ fault: "freeze", title: "it stops", cases: [one] }], { results, durationMs: 1000 }),
  );
  expect(text.split("\n")).toEqual([
    "freeze  it stops",
    "  ✓ grpc         a call                        DEADLINE_EXCEEDED",
    "  ✗ grpc         a call                        OK",
    "      expected: DEADLINE_EXCEEDED",
    "      without the fault: UNAVAILABLE; expected: OK",
    "      the fault did not strike",
    "",
    "✗ 1 of 2 as expected · each with a control run without the fault · 1.0 s",
  ]);
});

test("SCENARIOS + every fault that can be set has cases", () => {
  expect(SCENARIOS.map(({ fault }) => fault).toSorted()).toEqual(FAULT_KINDS.toSorted());
});
