import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { claimDiscovery, writeDiscovery } from "./discovery.ts";

let folder = "";
let path = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "polywire-test-"));
  path = join(folder, "deep", "run.json");
});
afterEach(() => rm(folder, { recursive: true }));

/** What another run left. */
async function leaveBehind(holder: string): Promise<void> {
  await (await writeDiscovery(path, {})).close();
  await writeFile(path, '{ "pid": 1 }');
  await writeFile(`${path}.lock`, holder);
}

test("writeDiscovery writes the document and close removes every trace", async () => {
  const discovery = await writeDiscovery(path, { pid: 7 });
  expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ pid: 7 });
  await discovery.write({ pid: 8 });
  expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ pid: 8 });
  await discovery.close();
  await discovery.close();
  expect(await readdir(join(folder, "deep"))).toEqual([]);
});

test("claimDiscovery refuses while another run is alive and names its process", async () => {
  await using _first = await claimDiscovery(path);
  await expect(claimDiscovery(path)).rejects.toThrow(`already running here (process ${process.pid}, ${path})`);
});

test("claimDiscovery of many at once lets exactly one in", async () => {
  const claims = await Promise.allSettled(Array.from({ length: 8 }, () => claimDiscovery(path)));
  expect(claims.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test.each([
  ["a process that is gone", '{ "pid": 4194305, "processStart": "1" }'],
  ["a process whose id was given to a later one", `{ "pid": ${process.pid}, "processStart": "1" }`],
  ["nobody who can be read", "{ half a docu"],
  ["an impossible process", '{ "pid": -1 }'],
])("claimDiscovery replaces the file of %s", async (_, holder) => {
  await leaveBehind(holder);
  await using _discovery = await claimDiscovery(path);
  expect(await readdir(join(folder, "deep"))).toEqual(["run.json.lock"]);
});
