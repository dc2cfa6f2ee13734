import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The order service as a process of its own, to be killed. */
export interface OrdersProcess extends AsyncDisposable {
  addresses: Record<string, string>;
  pid: number;
  /** Ends it as a crash does: nothing is tidied up. */
  crash(): Promise<void>;
  /** Sends SIGTERM and waits; the exit code. */
  terminate(): Promise<number | null>;
}

/** Starts it; `nodeFlags` come before the program. */
export async function startOrdersProcess(
  environment: Record<string, string>,
  nodeFlags: readonly string[] = [],
): Promise<OrdersProcess> {
  const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
  const child = spawn(process.execPath, [...nodeFlags, main], {
    env: { ...environment, PATH: process.env.PATH },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit") as Promise<[number | null]>;
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return (await exited)[0];
  };
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const { msg, addresses } = JSON.parse(line) as { msg?: string; addresses?: Record<string, string> };
    if (msg !== "started" || addresses === undefined) continue;
    child.stdout.resume();
    return {
      addresses,
      pid: child.pid ?? 0,
      crash: async () => void (await end("SIGKILL")),
      terminate: () => end("SIGTERM"),
      [Symbol.asyncDispose]: async () => void (await end("SIGKILL")),
    };
  }
  throw new Error(`the order service ended before it was ready, with ${(await exited)[0]}`);
}
