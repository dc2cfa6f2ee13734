import { expect, test } from "vitest";
import { defineExperiment, type Need, type Report, type RunContext } from "./experiment.ts";
import { parameter } from "./parameters.ts";
import { type RunOptions, runExperiment } from "./run-experiment.ts";
import { holds } from "./verdicts.ts";

const bites = { name: "wrong way", bit: true, because: "it failed" };
const good: Report = { measurements: { calls: 3 }, verdicts: { "41.1": holds("it is", [bites]) } };
const disturbed: Report = { ...good, checks: [{ name: "send lag", ok: false, because: "p99 30 ms" }] };

/** An experiment that reports these, one after the other. */
function reporting(reports: readonly Report[], needs: readonly Need[] = []) {
  const contexts: RunContext<{ readonly ops: number }>[] = [];
  const experiment = defineExperiment({
    id: "41-something",
    question: 7,
    title: "Something",
    needs,
    parameters: { ops: parameter.whole({ description: "", default: { small: 2, full: 200 }, min: 1, max: 999 }) },
    claims: [{ id: "41.1", text: "it is so", expected: "holds" }],
    run: async (context) => {
      contexts.push(context);
      return (reports[contexts.length - 1] ?? good) as typeof good;
    },
    draw: () => "",
  });
  return { experiment, contexts };
}

const options: RunOptions = {
  size: "small",
  seed: 5,
  parameters: {},
  signal: new AbortController().signal,
  onProgress: () => undefined,
  system: () => Promise.reject(new Error("this experiment needs no system")),
  startEnvoy: () => Promise.reject(new Error("this experiment needs no Envoy")),
  missing: async () => [],
};

test("runExperiment + gives the result of one good run, with the values of its parameters", async () => {
  const { experiment, contexts } = reporting([good]);
  const result = await runExperiment(experiment, { ...options, size: "full" });
  expect(result).toMatchObject({
    id: "41-something",
    question: 7,
    size: "full",
    seed: 5,
    parameters: { ops: 200 },
    measurements: { calls: 3 },
    outcome: "holds",
    attempts: 1,
    claims: [{ id: "41.1", verdict: "holds", because: "it is", controls: [bites] }],
  });
  expect(contexts.map(({ parameters }) => parameters.ops)).toEqual([200]);
});

test("runExperiment + repeats an invalid run once, with the same seed", async () => {
  const { experiment, contexts } = reporting([disturbed, good]);
  expect(await runExperiment(experiment, options)).toMatchObject({ outcome: "holds", attempts: 2 });
  expect(contexts[0]?.random.next()).toBe(contexts[1]?.random.next());
});

test("runExperiment + stays invalid when the second run is, too", async () => {
  const { experiment, contexts } = reporting([disturbed, disturbed, good]);
  expect(await runExperiment(experiment, options)).toMatchObject({ outcome: "invalid", attempts: 2 });
  expect(contexts).toHaveLength(2);
});

test("runExperiment + skips an experiment whose parts are absent, without running it", async () => {
  const { experiment, contexts } = reporting([], ["nats"]);
  const missing = async (needs: readonly Need[]) => needs.map((need) => `${need} is absent: install it`);
  const result = await runExperiment(experiment, { ...options, missing });
  expect(result).toMatchObject({
    outcome: "skipped",
    attempts: 0,
    claims: [{ because: "nats is absent: install it" }],
  });
  expect(contexts).toEqual([]);
});

test("runExperiment + lets progress throw once the run is to stop", async () => {
  const { experiment, contexts } = reporting([good]);
  const controller = new AbortController();
  const said: string[] = [];
  await runExperiment(experiment, {
    ...options,
    signal: controller.signal,
    onProgress: (message) => said.push(message),
  });
  await contexts[0]?.progress("half");
  expect(said).toEqual(["half"]);
  controller.abort(new Error("enough"));
  await expect(contexts[0]?.progress("more")).rejects.toThrow("enough");
});

test("runExperiment + ends with the reason to stop, whatever a run that is to stop ends with", async () => {
  const { experiment } = reporting([good]);
  const signal = AbortSignal.abort(new Error("enough"));
  const failing = { ...experiment, run: () => Promise.reject(new Error("The operation was aborted")) };
  for (const stopped of [experiment, failing]) {
    await expect(runExperiment(stopped, { ...options, signal })).rejects.toThrow("enough");
  }
  await expect(runExperiment(failing, options)).rejects.toThrow("The operation was aborted");
});
