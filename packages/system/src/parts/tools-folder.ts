import { randomUUID } from "node:crypto";
import { link, mkdir, mkdtemp, readFile, rename, rm, stat, unlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isRunning } from "../process/process-identity.ts";
import { sharedWatchdog } from "../process/watchdog.ts";
import type { PartName, ResolvedPartOptions } from "./part.ts";

/** One thing to be put into `.tools/`. */
export interface FetchStep {
  readonly part: PartName;
  /** For the progress line: "building nats-server 2.15.2 from source (about a minute, once)". */
  readonly message: string;
  /** Makes the program inside `folder` and answers its path there, or throws with the reason. */
  readonly make: (folder: string) => Promise<string>;
}

const PROGRESS_EVERY_MS = 2_000;
const LOCK_POLL_MS = 100;

/**
 * Puts a program at `target`, complete or not at all: it is made in a folder beside it and renamed. Of several
 * processes that want it, one makes it and the others wait. Answers why not, when it cannot be had.
 */
export async function fetchTool(
  target: string,
  step: FetchStep,
  options: ResolvedPartOptions,
): Promise<string | undefined> {
  const startedAt = performance.now();
  const report = (message: string): void => {
    options.onProgress({ part: step.part, message, elapsedMs: Math.round(performance.now() - startedAt) });
  };
  let message = step.message;
  report(message);
  const ticker = setInterval(() => report(message), PROGRESS_EVERY_MS);
  const lock = `${target}.lock`;
  try {
    await mkdir(dirname(target), { recursive: true });
    while (!(await takeLock(lock))) {
      message = `waiting for another process: ${step.message}`;
      if (performance.now() - startedAt > options.fetchTimeoutMs) return `another process is still fetching (${lock})`;
      await delay(LOCK_POLL_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
    }
    try {
      message = step.message;
      if (!(await exists(target))) await makeAndRename(target, step);
    } finally {
      await rm(lock, { force: true });
    }
    return undefined;
  } catch (error) {
    options.signal?.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearInterval(ticker);
  }
}

async function makeAndRename(target: string, step: FetchStep): Promise<void> {
  const folder = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
  const watchdog = sharedWatchdog();
  watchdog.guardFolder(folder);
  try {
    await rename(await step.make(folder), target);
  } finally {
    await rm(folder, { recursive: true, force: true });
    watchdog.forgetFolder(folder);
  }
}

/** A lock is a file that names its holder; it appears whole, by link, and one whose holder is gone is removed. */
async function takeLock(lock: string): Promise<boolean> {
  const own = `${lock}-${randomUUID()}`;
  await writeFile(own, String(process.pid));
  try {
    await link(own, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const holder = Number(await readFile(lock, "utf8").catch(() => ""));
    // Two waiters may both remove it; the worst that follows is the same program made twice, renamed atomically.
    if (holder > 0 && !isRunning(holder)) await rm(lock, { force: true });
    return false;
  } finally {
    await unlink(own);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
