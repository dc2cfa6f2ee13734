import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create, type JsonObject, type MessageInitShape, toJson } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  EvidenceSchema,
  Outcome as OutcomeNumber,
  Size as SizeNumber,
} from "@polywire/contract/polywire/lab/v1/evidence";
import type { HistogramData } from "@polywire/measure";
import type { Machine } from "./machine.ts";
import type { RunResult } from "./run-experiment.ts";
import type { Outcome } from "./verdicts.ts";

const OUTCOMES = {
  holds: OutcomeNumber.HOLDS,
  refuted: OutcomeNumber.REFUTED,
  depends: OutcomeNumber.DEPENDS,
  invalid: OutcomeNumber.INVALID,
  skipped: OutcomeNumber.SKIPPED,
} as const satisfies Record<Outcome, OutcomeNumber>;

const SIZES = { small: SizeNumber.SMALL, full: SizeNumber.FULL } as const;

/**
 * Writes the evidence of a run as ProtoJSON of `polywire.lab.v1.Evidence` into a file of its own, all of it or nothing.
 * @returns the path of the file
 */
export async function writeEvidence(folder: string, result: RunResult, machine: Machine): Promise<string> {
  const time = result.startTime.toISOString().replace(/[-:.]/g, "");
  const path = join(folder, `${result.id}-${result.size}-${time}.json`);
  const evidence = create(EvidenceSchema, evidenceOf(result, machine));
  await mkdir(folder, { recursive: true });
  await writeFile(`${path}.part`, `${JSON.stringify(toJson(EvidenceSchema, evidence), undefined, 2)}\n`);
  await rename(`${path}.part`, path);
  return path;
}

function evidenceOf(result: RunResult, machine: Machine): MessageInitShape<typeof EvidenceSchema> {
  const { id, title, seed, durationMs, attempts, question } = result;
  return {
    id,
    title,
    seed,
    durationMs,
    attempts,
    ...(question !== null && { question }),
    size: SIZES[result.size],
    parameters: plain(result.parameters),
    measurements: plain(result.measurements),
    claims: result.claims.map((claim) => ({
      ...claim,
      expected: OUTCOMES[claim.expected],
      verdict: OUTCOMES[claim.verdict],
      conditions: claim.conditions.map((condition) => ({ ...condition, verdict: OUTCOMES[condition.verdict] })),
      controls: [...claim.controls],
    })),
    untestedClaims: [...result.untested],
    outcome: OUTCOMES[result.outcome],
    validityChecks: [...result.checks],
    histograms: Object.entries(result.histograms).map(([name, data]) => ({ name, buckets: bucketsOf(data) })),
    environment: { ...machine, memoryBytes: BigInt(machine.memoryBytes) },
    startTime: timestampFromDate(result.startTime),
  };
}

function bucketsOf({ buckets }: HistogramData): { valueNs: bigint; count: bigint }[] {
  return buckets.map(([valueNs, count]) => ({ valueNs: BigInt(valueNs), count: BigInt(count) }));
}

/** As JSON has it: what is undefined is left out, and what cannot be said in JSON throws. */
function plain(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value));
}
