import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { discoverExperiments, findExperiment } from "./discover.ts";

const FRAMEWORK = new URL(".", import.meta.url).href;

/** A folder of experiments with one in it: what somebody adds to the lab, and nothing else. */
async function plant(id: string, exported = id): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "polywire-experiments-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, id));
  await mkdir(join(folder, "framework"));
  await writeFile(
    join(folder, id, "index.ts"),
    `import { defineExperiment } from "${FRAMEWORK}experiment.ts";
     import { holds } from "${FRAMEWORK}verdicts.ts";
     const bites = { name: "wrong way", bit: true, because: "it fails" };
     export const experiment = defineExperiment({
       id: "${exported}", question: null, title: "Planted", needs: [], parameters: {},
       claims: [{ id: "41.1", text: "it is found", expected: "holds" }],
       run: async () => ({ measurements: {}, verdicts: { "41.1": holds("it was", [bites]) } }),
       draw: () => "",
     });`,
  );
  return folder;
}

test("discoverExperiments + finds an experiment by its folder alone", async () => {
  const folder = await plant("41-planted-one");
  const found = await discoverExperiments({ folder });
  expect(found.map(({ id, claims }) => [id, claims.length])).toEqual([["41-planted-one", 1]]);
});

test("findExperiment + takes the id or the number alone, and nothing like it", async () => {
  const folder = await plant("41-planted-one");
  expect((await findExperiment("41-planted-one", { folder }))?.id).toBe("41-planted-one");
  expect((await findExperiment("41", { folder }))?.id).toBe("41-planted-one");
  for (const other of ["4", "411", "41-planted", "framework", ".."]) {
    expect(await findExperiment(other, { folder }), other).toBeUndefined();
  }
});

test("discoverExperiments + refuses a folder that exports another experiment than its name says", async () => {
  const folder = await plant("41-planted-one", "41-planted-two");
  await expect(discoverExperiments({ folder })).rejects.toThrow(/41-planted-one.*must export/);
});

test("discoverExperiments + gives the experiments of the lab in the order of their numbers", async () => {
  const ids = (await discoverExperiments()).map(({ id }) => id);
  expect(ids).toContain("15-protobuf-wire-format");
  expect(ids).toEqual(ids.toSorted());
});
