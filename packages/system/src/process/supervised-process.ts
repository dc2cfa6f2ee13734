import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { createLogTail, type LogSink, readLines } from "./log-lines.ts";
import { sharedWatchdog } from "./watchdog.ts";

/** How a process is run. */
export interface ProcessOptions {
  /** Label for logs and messages. */
  readonly name: string;
  /** Program: an absolute path, or a name looked up on the PATH in `environment`. */
  readonly command: string;
  readonly args?: readonly string[];
  /** The whole environment of the process: nothing is inherited. Default: empty. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Default: the current folder. */
  readonly workingFolder?: string;
  /** User and group to run as, for a supervisor that is root. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** How it is asked to stop. Default SIGTERM; Postgres wants SIGINT (fast shutdown). */
  readonly stopSignal?: "SIGTERM" | "SIGINT";
  /** From the stop signal to SIGKILL of the whole group. Default 10 000. */
  readonly stopTimeoutMs?: number;
  /** Takes every line the process writes. Default: none, the newest lines are kept anyway. */
  readonly log?: LogSink;
  /** Newest lines kept for the message when it fails. Default 200. */
  readonly maxLogLines?: number;
}

/** How a process ended. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running process in a process group of its own, recorded with the watchdog. */
export interface SupervisedProcess {
  readonly name: string;
  /** Also the id of its process group. */
  readonly pid: number;
  /** Resolves when it has ended and its output has been read. Never rejects. */
  readonly exited: Promise<ProcessExit>;
  readonly lastLines: () => readonly string[];
  /** Asks it to stop and waits; SIGKILL after the bound. Safe to call twice, and after it has ended. */
  readonly stop: () => Promise<ProcessExit>;
}

/** Starts a process; rejects when the program cannot be run. Being ready is the caller's question. */
export async function startProcess(options: ProcessOptions): Promise<SupervisedProcess> {
  const { name, stopSignal = "SIGTERM", stopTimeoutMs = 10_000 } = options;
  const watchdog = sharedWatchdog();
  const child = spawn(options.command, [...(options.args ?? [])], {
    // Its own session: Ctrl-C on the terminal reaches the supervisor only, which stops things in order.
    detached: true,
    env: { ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.workingFolder === undefined ? {} : { cwd: options.workingFolder }),
    ...options.user,
  });
  const { pid } = child;
  // In the same turn as the fork: a supervisor killed right here leaves nothing unrecorded.
  if (pid !== undefined) watchdog.guardGroup(pid, stopSignal);

  const tail = createLogTail(options.maxLogLines ?? 200);
  const output = (["stdout", "stderr"] as const).map((stream) =>
    readLines(child[stream], (text) => {
      tail.push(text);
      options.log?.({ process: name, stream, text });
    }),
  );
  const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  ended.catch(() => {});
  if (pid === undefined) {
    await once(child, "spawn").catch((cause: Error) => {
      throw new Error(`${name} cannot be run: ${cause.message}`, { cause });
    });
    throw new Error(`${name} cannot be run`);
  }

  let hasEnded = false;
  const exited = ended.then(async ([code, signal]) => {
    hasEnded = true;
    signalGroup(pid, "SIGKILL");
    watchdog.forgetGroup(pid);
    // A grandchild outside the group may hold the pipes open for ever.
    await Promise.race([Promise.all(output), delay(500, undefined, { ref: false })]);
    return { code, signal };
  });
  const stop = async (): Promise<ProcessExit> => {
    if (!hasEnded) {
      signalGroup(pid, stopSignal);
      const timer = setTimeout(() => signalGroup(pid, "SIGKILL"), stopTimeoutMs);
      await exited;
      clearTimeout(timer);
    }
    return exited;
  };
  return { name, pid, exited, lastLines: tail.lines, stop };
}

function signalGroup(groupId: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-groupId, signal);
  } catch (error) {
    // ESRCH: nobody left. EPERM (macOS): only zombies left.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}
