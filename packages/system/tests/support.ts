import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** A folder that goes away at the end of the test. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  readonly list: () => Promise<string[]>;
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), "polywire-test-"));
  return {
    path,
    list: () => readdir(path),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** Polls a condition; rejects after ten seconds. */
export async function waitUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  const until = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > until) throw new Error("the condition did not come true within 10 s");
    await delay(5);
  }
}

/** Whether any process of a group still runs; one that has ended but has not been collected does not. */
export async function groupRuns(groupId: number): Promise<boolean> {
  const ids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const states = await Promise.all(
    ids.map(async (id) => {
      const text = await readFile(`/proc/${id}/stat`, "utf8").catch(() => "");
      const [state, , group] = text.slice(text.lastIndexOf(")") + 2).split(" ");
      return Number(group) === groupId && state !== "Z";
    }),
  );
  return states.includes(true);
}
