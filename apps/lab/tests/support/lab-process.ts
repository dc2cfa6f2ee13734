import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** How the command line of the lab is run. */
export interface LabOptions {
  readonly args: readonly string[];
  /** On top of this process's own environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What runs in place of the lab's own entry. */
  readonly entry?: string;
}

/** What a finished command left. */
export interface LabResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command of the lab under way. Disposing kills it, and its watchdog stops what it had started. */
export interface RunningLab extends AsyncDisposable {
  readonly pid: number;
  readonly ended: Promise<LabResult>;
  /** Resolves once both outputs together match; rejects with all of them when the command ends before. */
  saw(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts the lab's command line as its own process, as a user does. */
export function spawnLab({ args, environment = {}, entry = MAIN }: LabOptions): ChildProcess {
  return spawn(process.execPath, [entry, ...args], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Starts a command and follows what it writes. */
export function startLab(options: LabOptions): RunningLab {
  const child = spawnLab(options);
  if (child.stdout === null || child.stderr === null || child.pid === undefined)
    throw new Error("the lab can't be run");
  const output = { stdout: "", stderr: "" };
  let notice = Promise.withResolvers<void>();
  const written = (stream: "stdout" | "stderr") => (piece: string) => {
    output[stream] += piece;
    notice.resolve();
    notice = Promise.withResolvers();
  };
  child.stdout.setEncoding("utf8").on("data", written("stdout"));
  child.stderr.setEncoding("utf8").on("data", written("stderr"));
  let result: LabResult | undefined;
  const ended = once(child, "close").then(([code, signal]): LabResult => {
    result = { code, signal, ...output };
    return result;
  });
  return {
    pid: child.pid,
    ended,
    saw: async (pattern) => {
      while (!pattern.test(output.stdout + output.stderr)) {
        if (result !== undefined) throw new Error(`the lab ended before ${pattern}: ${JSON.stringify(result)}`);
        await Promise.race([notice.promise, ended]);
      }
    },
    kill: (signal) => void child.kill(signal),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Runs a command to its end. */
export function runLab(options: LabOptions): Promise<LabResult> {
  return startLab(options).ended;
}

/** The first line a command prints, as JSON; rejects with what it wrote on standard error when it ends before. */
export async function firstJsonLine(child: ChildProcess): Promise<unknown> {
  if (child.stdout === null || child.stderr === null) throw new Error("the child has no pipes");
  const complaint = text(child.stderr);
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error(`the lab ended before it was ready: ${await complaint}`);
}
