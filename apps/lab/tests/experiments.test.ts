import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromJsonString } from "@bufbuild/protobuf";
import { EvidenceSchema } from "@polywire/contract/polywire/lab/v1/evidence";
import { expect, onTestFinished, test } from "vitest";
import { discoverExperiments } from "../src/experiments/framework/discover.ts";
import { runLab } from "./support/lab-process.ts";

const experiments = await discoverExperiments();

async function folder(name: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), `polywire-${name}-`));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

test.each(experiments)(
  "experiment $id + is valid in its small size and finds what is expected",
  async ({ id, claims }) => {
    const evidence = await folder("evidence");
    const environment = { POLYWIRE_HOME: await folder("home"), CI: "true" };
    const { code, stdout, stderr } = await runLab({ args: ["run", id, "--json", "--evidence", evidence], environment });
    expect(stdout, stderr).not.toBe("");
    const run = JSON.parse(stdout);
    const verdicts = run.claims.map((claim: { id: string; verdict: string; because: string }) => claim);
    expect(verdicts, stderr).toEqual(
      claims.map((claim) => expect.objectContaining({ id: claim.id, text: claim.text, verdict: claim.expected })),
    );
    expect(run).toMatchObject({
      id,
      size: "small",
      attempts: expect.any(Number),
      environment: { platform: expect.any(String) },
    });
    expect(code).toBe(0);

    const files = await readdir(evidence);
    expect(files.map((file) => join(evidence, file))).toEqual([run.evidence]);
    const kept = fromJsonString(EvidenceSchema, await readFile(run.evidence, "utf8"));
    expect(kept.claims.map((claim) => claim.because)).toEqual(
      run.claims.map((claim: { because: string }) => claim.because),
    );
    expect(kept.measurements).toEqual(run.measurements);
  },
);

test("lab list --json + gives every experiment with its claims, and only that on standard output", async () => {
  const { code, stdout } = await runLab({ args: ["list", "--json"] });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual(
    experiments.map(({ id, question, title, needs, claims }) => ({ id, question, title, needs, claims })),
  );
});

test("lab run + takes the number alone and draws for people", async () => {
  const { code, stdout } = await runLab({ args: ["run", "15", "--messages", "20", "--type", "sint32"] });
  expect(code).toBe(0);
  expect(stdout).toContain("6 of 6 claims as expected");
  expect(stdout).toContain("quantity  sint32  300");
});

test("lab run + repeats a run exactly for the same seed", async () => {
  const measured = async (seed: string) => {
    const { stdout } = await runLab({ args: ["run", "15", "--json", "--messages", "20", "--seed", seed] });
    return JSON.parse(stdout).measurements;
  };
  expect(await measured("3")).toEqual(await measured("3"));
  expect(await measured("3")).not.toEqual(await measured("4"));
});

test.each([
  ["run 15 --colour red", "unknown option '--colour'"],
  ["run 15 --value ten", "give a whole number"],
  ["run 99 --json", "there is no experiment 99"],
])("lab %s + ends with 2 and prints nothing on standard output", async (args, complaint) => {
  const { code, stdout, stderr } = await runLab({ args: args.split(" ") });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(complaint);
});
