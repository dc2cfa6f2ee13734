import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";

/** A part of a benchmark in a process of its own. */
export interface Part extends AsyncDisposable {
  readonly port: number;
}

/** Called by a part when it is ready. It ends with its parent. */
export function announce(port: number): void {
  process.stdout.write(`${port}\n`);
  process.on("SIGTERM", () => process.exit(0));
  process.stdin.resume().on("end", () => process.exit(0));
}

/** Starts a part, where `taskset` can on one CPU, and waits until it listens. */
export async function startPart(file: URL, args: readonly string[], cpu?: number): Promise<Part> {
  const node = [process.execPath, file.pathname, ...args];
  const pinned = cpu !== undefined && existsSync("/usr/bin/taskset") ? ["taskset", "-c", String(cpu), ...node] : node;
  const [command = "", ...rest] = pinned;
  const child = spawn(command, rest, { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface(child.stdout), "line");
  return { port: Number(line), [Symbol.asyncDispose]: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}
