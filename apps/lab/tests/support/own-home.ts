import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { inject } from "vitest";
import { homePaths } from "../../src/system/home.ts";

/** A home folder of a test's own, where a system can be started beside the shared one. */
export interface OwnHome extends AsyncDisposable {
  readonly path: string;
  /** Puts the data there, and the temporary files too: every process of the system then names the folder. */
  readonly environment: Readonly<Record<string, string>>;
  /** Rejects with their command lines when processes that belong to the folder, or these ones, outlive the bound. */
  deserted(others?: readonly number[]): Promise<void>;
}

/** Makes one; disposing removes it. */
export async function ownHome(): Promise<OwnHome> {
  const path = await mkdtemp(join(tmpdir(), "polywire-own-"));
  const temporary = join(path, "tmp");
  await mkdir(temporary);
  // Compiled code is the same for every system: a start from an empty home need not take twice as long.
  await symlink(homePaths(inject("systemHome")).cache, homePaths(path).cache);
  return {
    path,
    environment: { POLYWIRE_HOME: path, TMPDIR: temporary },
    deserted: async (others = []) => {
      const until = performance.now() + BOUND_MS;
      for (;;) {
        const left = await processesWhere((pid, words) => words.includes(path) || others.includes(pid));
        if (left.length === 0) break;
        if (performance.now() > until) throw new Error(`still running after ${BOUND_MS} ms:\n${left.join("\n")}`);
        await delay(PAUSE_MS);
      }
      const leftovers = await readdir(temporary);
      if (leftovers.length > 0) throw new Error(`left in the temporary folder: ${leftovers.join(", ")}`);
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** Ids of the direct children of a process, its watchdog among them. */
export async function childrenOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  return children.split(" ").filter(Boolean).map(Number);
}

/** The watchdog gives what a killed supervisor left 10 s before it ends it by force. */
const BOUND_MS = 12_000;
const PAUSE_MS = 50;

/** Command lines of the processes that a test on id, and on command line and environment, picks. */
async function processesWhere(picked: (pid: number, words: string) => boolean): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [command, environment] = await Promise.all(
        // A process that ends meanwhile has neither.
        ["cmdline", "environ"].map((file) => readFile(`/proc/${pid}/${file}`, "latin1").catch(() => "")),
      );
      const words = `${command}\n${environment}`;
      return command !== "" && picked(pid, words) ? `${pid} ${command?.replaceAll("\0", " ")}` : undefined;
    }),
  );
  return found.filter((line) => line !== undefined);
}
