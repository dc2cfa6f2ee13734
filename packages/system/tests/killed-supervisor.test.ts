import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { startPostgres } from "../src/index.ts";
import { groupRuns, temporaryFolder, waitUntil } from "./support.ts";

const SUPERVISOR = fileURLToPath(new URL("./fixtures/supervisor.ts", import.meta.url));

interface Observed {
  readonly child: ChildProcess;
  readonly groups: number[];
  readonly reached: (stage: string) => Promise<void>;
}

/** Starts the fixture supervisor with a temporary folder of its own, so that everything it leaves can be seen. */
function startSupervisor(folder: string): Observed {
  const plan = JSON.stringify({ dataDir: `${folder}/data/postgres` });
  const child = spawn(process.execPath, [SUPERVISOR, plan], {
    env: { TMPDIR: folder },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const groups: number[] = [];
  const stages = new Set<string>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const said = JSON.parse(line) as { stage?: string; group?: number };
    if (said.stage !== undefined) stages.add(said.stage);
    if (said.group !== undefined) groups.push(said.group);
  });
  return { child, groups, reached: (stage) => waitUntil(() => stages.has(stage)) };
}

/** Processes, other than our own, whose command line or environment names the folder. */
async function nobodyUses(folder: string): Promise<boolean> {
  const ids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const texts = await Promise.all(
    ids.flatMap((id) => ["cmdline", "environ"].map((file) => readFile(`/proc/${id}/${file}`, "utf8").catch(() => ""))),
  );
  return !texts.some((text) => text.includes(folder));
}

test("a supervisor killed with SIGKILL leaves no process and no temporary folder, and its data intact", async () => {
  await using folder = await temporaryFolder();
  const { child, groups, reached } = startSupervisor(folder.path);
  await reached("running");
  expect(groups).toHaveLength(4);
  for (const group of groups) expect(await groupRuns(group)).toBe(true);
  child.kill("SIGKILL");
  await waitUntil(async () => (await Promise.all(groups.map(groupRuns))).every((runs) => !runs));
  await waitUntil(async () => (await folder.list()).join() === "data");
  await waitUntil(() => nobodyUses(folder.path));
  await using _again = await startPostgres({ dataDir: `${folder.path}/data/postgres` });
});

test.each([
  ["SIGINT", "postgres"],
  ["SIGINT", "nats"],
  ["SIGINT", "system"],
  ["SIGINT", "running"],
  ["SIGKILL", "postgres"],
  ["SIGKILL", "nats"],
  ["SIGKILL", "system"],
] as const)(
  "a supervisor that gets %s at stage %s leaves nothing running and its data intact",
  async (signal, stage) => {
    await using folder = await temporaryFolder();
    const { child, reached } = startSupervisor(folder.path);
    await reached(stage);
    child.kill(signal);
    const [code] = (await once(child, "exit")) as [number | null];
    expect(code).toBe(signal === "SIGINT" ? 0 : null);
    await waitUntil(() => nobodyUses(folder.path));
    // The watchdog removes the folders once it has seen that the processes are gone.
    await waitUntil(async () => (await folder.list()).every((entry) => entry === "data"));
    await using _again = await startPostgres({ dataDir: `${folder.path}/data/postgres` });
  },
);

test("a supervisor killed while Postgres makes its data folder leaves none, and the next start makes it", async () => {
  await using folder = await temporaryFolder();
  const { child } = startSupervisor(folder.path);
  const half = async (): Promise<string[]> => {
    const entries = await readdir(`${folder.path}/data`, { recursive: true }).catch(() => []);
    return entries.filter((entry) => entry.endsWith("PG_VERSION"));
  };
  await waitUntil(async () => (await half()).length > 0);
  child.kill("SIGKILL");
  expect((await half())[0]).toMatch(/^\.postgres-/);
  await waitUntil(() => nobodyUses(folder.path));
  await waitUntil(async () => (await readdir(`${folder.path}/data`)).length === 0);
  await using _again = await startPostgres({ dataDir: `${folder.path}/data/postgres` });
});
