import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isRunning, processStart } from "./process/process-identity.ts";

/** The discovery file of the run that this process is: the only one, until it is closed. */
export interface Discovery extends AsyncDisposable {
  /** Replaces the document, all at once. */
  readonly write: (document: object) => Promise<void>;
  /** Removes the file and lets the next run in. Safe to call twice. */
  readonly close: () => Promise<void>;
}

interface Holder {
  readonly pid: number;
  /** See {@link processStart}: null where the platform does not tell. */
  readonly processStart: string | null;
}

const ATTEMPTS = 5;

/**
 * Claims a discovery file before anything is started, so that two runs never share ports and data. The claim is
 * `PATH.lock`, which names this process; one whose process is gone, or whose id now belongs to a later process, is
 * replaced. Rejects when another run is alive.
 */
export async function claimDiscovery(path: string): Promise<Discovery> {
  const lock = `${path}.lock`;
  await mkdir(dirname(path), { recursive: true });
  const own: Holder = { pid: process.pid, processStart: processStart(process.pid) };
  await takeLock(lock, own, path);
  // What a killed run left behind describes servers that are gone.
  await rm(path, { force: true });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= rm(path, { force: true }).then(() => rm(lock, { force: true }));
    return closed;
  };
  return {
    write: (document) => replaceFile(path, `${JSON.stringify(document, null, 2)}\n`),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Claims the file and writes the document: for a caller that has nothing to protect before its document is known. */
export async function writeDiscovery(path: string, document: object): Promise<Discovery> {
  const discovery = await claimDiscovery(path);
  await discovery.write(document);
  return discovery;
}

async function takeLock(lock: string, own: Holder, path: string): Promise<void> {
  const draft = `${lock}-${randomUUID()}`;
  await writeFile(draft, JSON.stringify(own));
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      try {
        // A link appears whole and never replaces what is there.
        await link(draft, lock);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const holder = parseHolder(await readFile(lock, "utf8").catch(() => ""));
      if (holder !== undefined && isAlive(holder)) {
        throw new Error(
          `a system is already running here (process ${holder.pid}, ${path}): stop it first, for instance with kill ${holder.pid}`,
        );
      }
      await rm(lock, { force: true });
    }
    throw new Error(`${lock} is taken again and again: another start is under way`);
  } finally {
    await rm(draft, { force: true });
  }
}

function isAlive(holder: Holder): boolean {
  return isRunning(holder.pid) && processStart(holder.pid) === holder.processStart;
}

/** Undefined for a file that is not ours to understand: it is treated as stale. */
function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("pid" in value)) return undefined;
    const start = "processStart" in value && typeof value.processStart === "string" ? value.processStart : null;
    return Number.isSafeInteger(value.pid) && Number(value.pid) > 0
      ? { pid: Number(value.pid), processStart: start }
      : undefined;
  } catch {
    return undefined;
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}-${randomUUID()}`;
  await writeFile(draft, text);
  await rename(draft, path);
}
