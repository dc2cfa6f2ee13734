import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";

/** A part of a benchmark in a process of its own. */
export interface Part extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** Whether it runs on one CPU only. */
  readonly pinned: boolean;
  /** Sends a line; resolves with the line that the part answers. */
  ask(line: string): Promise<string>;
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
  const pinned = cpu !== undefined && existsSync("/usr/bin/taskset");
  const [command = "", ...rest] = pinned ? ["taskset", "-c", String(cpu), ...node] : node;
  const child = spawn(command, rest, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout);
  const [port] = await once(lines, "line");
  const ask = async (line: string): Promise<string> => {
    const answered = once(lines, "line");
    child.stdin.write(`${line}\n`);
    return (await answered)[0];
  };
  return { port: Number(port), pid: child.pid ?? 0, pinned, ask, [Symbol.asyncDispose]: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}
