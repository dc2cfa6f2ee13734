import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { knownLists } from "./known-cases.ts";
import type { SuiteRun } from "./runs.ts";

/** Options of {@link runSuite}. */
export interface RunSuiteOptions {
  /** The runner. */
  readonly runner: string;
  /** Ends the run when it takes longer. Default: 240,000. A whole run takes about ten seconds. */
  readonly timeoutMs?: number;
  /** Gives up. */
  readonly signal?: AbortSignal;
}

/** How a run has ended. */
export interface SuiteOutcome {
  /** Whether everything passed that is not known to fail, and everything failed that is. */
  readonly ok: boolean;
  /** What the runner printed. */
  readonly output: string;
}

// Server processes at a time; more of them only take each other's time on two cores.
const MAX_SERVERS = 2;

const path = (inApp: string) => fileURLToPath(new URL(`../../${inApp}`, import.meta.url));

/** Runs the whole suite against one side of an engine. Rejects when the runner cannot be started. */
export async function runSuite(run: SuiteRun, options: RunSuiteOptions): Promise<SuiteOutcome> {
  const { runner, timeoutMs = 240_000, signal } = options;
  // A group of its own: a runner that is stopped leaves the programs under test behind.
  const child = spawn(runner, suiteArguments(run), { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const exit = once(child, "exit");
  const stop = () => child.pid !== undefined && process.kill(-child.pid, "SIGTERM");
  const timer = setTimeout(stop, timeoutMs);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const [output, errors, [code, killedBy]] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
    const late = killedBy === null ? "" : `\nended by ${killedBy}; a run may take ${timeoutMs} ms\n`;
    return { ok: code === 0, output: output + errors + late };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

function suiteArguments({ name, engine, side }: SuiteRun): string[] {
  const known = knownLists(name).flatMap(({ kind, file }) => [`--known-${kind}`, `@${file}`]);
  const options = ["--mode", side, "--conf", path(`config/${engine}.yaml`), "--max-servers", String(MAX_SERVERS), "-v"];
  return [...options, ...known, "--", process.execPath, path(`src/${side}-program.ts`), engine];
}
