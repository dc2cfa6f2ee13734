import { expect, test } from "vitest";
import { defineExperiment, type ExperimentDefinition } from "./experiment.ts";
import { type ParameterSet, parameter } from "./parameters.ts";
import { holds } from "./verdicts.ts";

const seed = parameter.whole({ description: "a knob", default: 1, min: 0, max: 9 });

const definition: ExperimentDefinition<string, ParameterSet, object> = {
  id: "41-something",
  question: null,
  title: "Something",
  needs: [],
  parameters: {},
  claims: [{ id: "41.1", text: "it is so", expected: "holds" }],
  run: async () => ({ measurements: {}, verdicts: { "41.1": holds("it is", [{ name: "", bit: true, because: "" }]) } }),
  draw: () => "",
};

test("defineExperiment + takes a definition and lists no untested claims by itself", () => {
  expect(defineExperiment(definition)).toMatchObject({ id: "41-something", untested: [] });
});

test.each([
  ["an id without number", { id: "something" }, /two digits and a slug/],
  ["an id with capitals", { id: "41-Something" }, /two digits and a slug/],
  ["a question that is not asked", { question: 29 }, /1 to 28/],
  ["a claim of another experiment", { claims: [{ id: "40.1", text: "", expected: "holds" }] }, /41\.1/],
  ["a parameter that every experiment has", { parameters: { seed } }, /rename it/],
] as const)("defineExperiment + refuses %s", (_, mistake, complaint) => {
  expect(() => defineExperiment({ ...definition, ...mistake } as typeof definition)).toThrow(complaint);
});
