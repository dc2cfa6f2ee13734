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
}

/** What a finished command left. */
export interface LabResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the lab's command line as its own process, as a user does. */
export function spawnLab({ args, environment = {} }: LabOptions): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs a command to its end. */
export async function runLab(options: LabOptions): Promise<LabResult> {
  const child = spawnLab(options);
  if (child.stdout === null || child.stderr === null) throw new Error("the child has no pipes");
  const exited = once(child, "exit");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await exited;
  return { code, stdout, stderr };
}

/** The first line a command prints, as JSON; rejects with what it wrote on standard error when it ends before. */
export async function firstJsonLine(child: ChildProcess): Promise<unknown> {
  if (child.stdout === null || child.stderr === null) throw new Error("the child has no pipes");
  const complaint = text(child.stderr);
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error(`the lab ended before it was ready: ${await complaint}`);
}
