import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromJsonString, toJson } from "@bufbuild/protobuf";
import { EvidenceSchema, Outcome, Size } from "@polywire/contract/polywire/lab/v1/evidence";
import { createHistogram } from "@polywire/measure";
import { expect, onTestFinished, test } from "vitest";
import { writeEvidence } from "./evidence.ts";
import type { Machine } from "./machine.ts";
import type { RunResult } from "./run-experiment.ts";

const machine: Machine = {
  gitRevision: "0123abc-dirty",
  platform: "linux x64",
  cpu: "a processor",
  cpuCount: 2,
  memoryBytes: 2 ** 34,
  versions: { node: "24.21.0" },
};

function result(): RunResult {
  const latency = createHistogram();
  for (const valueMs of [1, 1, 250.5]) latency.recordMs(valueMs);
  return {
    id: "41-something",
    question: null,
    title: "Something",
    size: "full",
    seed: 4_294_967_295,
    parameters: { ops: 3, twin: "right", cold: true, items: [0, 2] },
    measurements: { calls: { right: 3, naive: 4 }, note: undefined },
    outcome: "depends",
    claims: [
      {
        id: "41.1",
        text: "it is so",
        expected: "depends",
        verdict: "depends",
        because: "a: holds; b: refuted",
        conditions: [{ when: "a", verdict: "holds", because: "3 of 3" }],
        controls: [{ name: "naive", bit: true, because: "4 of 3" }],
      },
    ],
    untested: [{ text: "most do", because: "a survey" }],
    checks: [{ name: "parity", ok: true, because: "2 variants agree" }],
    histograms: { latency: latency.toJSON() },
    attempts: 1,
    startTime: new Date("2026-01-02T03:04:05.678Z"),
    durationMs: 12.5,
  };
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "polywire-evidence-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return join(path, "not", "yet", "there");
}

test("writeEvidence + writes ProtoJSON of the schema that holds the whole run", async () => {
  const path = await writeEvidence(await folder(), result(), machine);
  const text = await readFile(path, "utf8");
  const evidence = fromJsonString(EvidenceSchema, text);
  expect(toJson(EvidenceSchema, evidence)).toEqual(JSON.parse(text));
  expect(evidence).toMatchObject({
    id: "41-something",
    size: Size.FULL,
    seed: 4_294_967_295,
    parameters: { ops: 3, twin: "right", cold: true, items: [0, 2] },
    measurements: { calls: { right: 3, naive: 4 } },
    outcome: Outcome.DEPENDS,
    claims: [
      {
        expected: Outcome.DEPENDS,
        verdict: Outcome.DEPENDS,
        conditions: [{ when: "a", verdict: Outcome.HOLDS }],
        controls: [{ name: "naive", bit: true }],
      },
    ],
    untestedClaims: [{ text: "most do", because: "a survey" }],
    validityChecks: [{ name: "parity", ok: true }],
    environment: { gitRevision: "0123abc-dirty", memoryBytes: 17_179_869_184n, versions: { node: "24.21.0" } },
    startTime: { seconds: 1_767_323_045n, nanos: 678_000_000 },
  });
  expect(evidence.question).toBeUndefined();
});

test("writeEvidence + keeps the raw histogram", async () => {
  const { histograms } = result();
  const evidence = fromJsonString(
    EvidenceSchema,
    await readFile(await writeEvidence(await folder(), result(), machine), "utf8"),
  );
  const buckets = evidence.histograms[0]?.buckets.map(({ valueNs, count }) => [Number(valueNs), Number(count)]);
  expect(evidence.histograms[0]?.name).toBe("latency");
  expect(buckets).toEqual(histograms.latency?.buckets);
});

test("writeEvidence + gives every run a file of its own and leaves nothing half written", async () => {
  const into = await folder();
  await writeEvidence(into, result(), machine);
  await writeEvidence(into, { ...result(), startTime: new Date("2026-01-02T03:04:05.679Z") }, machine);
  expect((await readdir(into)).toSorted()).toEqual([
    "41-something-full-20260102T030405678Z.json",
    "41-something-full-20260102T030405679Z.json",
  ]);
});
