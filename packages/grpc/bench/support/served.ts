import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";

/** Where a server under test listens, and a token it takes, if it looks at tokens. */
export interface Served {
  port: number;
  token?: string;
}

/** A server under test in a process of its own. */
export interface ServedProcess extends Served, AsyncDisposable {
  pid: number;
}

/** Called by a server under test when it is ready. It ends with its parent. */
export function announce(served: Served): void {
  process.stdout.write(`${JSON.stringify(served)}\n`);
  process.on("SIGTERM", () => process.exit(0));
  process.stdin.resume().on("end", () => process.exit(0));
}

/** Starts a server under test; each one on the same CPU, where `taskset` can say so. */
export async function startServed(file: URL): Promise<ServedProcess> {
  const node = [process.execPath, ...(process.env.SERVED_NODE_OPTIONS?.split(" ") ?? []), file.pathname];
  const [command = "", ...args] = existsSync("/usr/bin/taskset") ? ["taskset", "-c", "1", ...node] : node;
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return { ...(JSON.parse(line) as Served), pid: pidOf(child), [Symbol.asyncDispose]: () => stop(child) };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error("the server under test did not start");
  return child.pid;
}

async function stop(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}
