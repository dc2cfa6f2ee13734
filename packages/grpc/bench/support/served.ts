import { type ChildProcess, spawn, spawnSync } from "node:child_process";
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
  /** CPU time of all its threads so far, microseconds. */
  cpuUs(): Promise<number>;
}

/** Called by a server under test when it is ready. It says what it has used when asked, and ends with its parent. */
export function announce(served: Served): void {
  process.stdout.write(`${JSON.stringify(served)}\n`);
  process.on("SIGTERM", () => process.exit(0));
  process.stdin.on("data", () => {
    const { user, system } = process.cpuUsage();
    process.stdout.write(`${user + system}\n`);
  });
  process.stdin.on("end", () => process.exit(0));
}

// As the lab starts its services, and as `runApp` of the service package has them. How much V8 collects depends on it:
// what hangs on a closed stream lives on until old memory is collected, and that is less often in a larger heap.
const NODE_FLAGS = "--max-semi-space-size=4 --no-allocation-site-pretenuring";

/** Starts a server under test; each one on the same CPU, where `taskset` can say so. */
export async function startServed(file: URL): Promise<ServedProcess> {
  const node = [process.execPath, ...(process.env.SERVED_NODE_OPTIONS ?? NODE_FLAGS).split(" "), file.pathname];
  const [command = "", ...args] = existsSync("/usr/bin/taskset") ? ["taskset", "-c", "1", ...node] : node;
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout);
  const nextLine = async () => ((await once(lines, "line")) as [string])[0];
  const served = JSON.parse(await nextLine()) as Served;
  const cpuUs = async () => {
    child.stdin.write("cpu\n");
    return Number(await nextLine());
  };
  return { ...served, cpuUs, [Symbol.asyncDispose]: () => stop(child) };
}

/** Keeps this process, which makes the load, off the CPU of the servers under test. */
export function keepOffServers(): void {
  if (existsSync("/usr/bin/taskset")) spawnSync("taskset", ["-a", "-c", "-p", "0", String(process.pid)]);
}

async function stop(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}
