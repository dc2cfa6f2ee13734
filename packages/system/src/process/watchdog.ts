import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";

/** What stops the recorded process groups once this process is gone, however it went (SIGKILL included). */
export interface Watchdog {
  /** Records a process group; `signal` is how it is asked to stop. */
  readonly guardGroup: (groupId: number, signal: "SIGTERM" | "SIGINT") => void;
  /** The group has ended. */
  readonly forgetGroup: (groupId: number) => void;
  /** Records a temporary folder to be removed; an absolute path. */
  readonly guardFolder: (path: string) => void;
  /** The folder is gone, or is to stay. */
  readonly forgetFolder: (path: string) => void;
  /** The watchdog's own process id, for accounting. */
  readonly pid: number | undefined;
}

/** Seconds between asking a left-over group to stop and SIGKILL. */
const GRACE_S = 10;

let shared: Watchdog | undefined;

/**
 * The one watchdog of this process, started on first use: a detached shell script holding the reading end of a pipe
 * whose only writing end is here. It keeps neither the event loop nor the terminal busy.
 */
export function sharedWatchdog(): Watchdog {
  shared ??= startWatchdog();
  return shared;
}

function startWatchdog(): Watchdog {
  const script = fileURLToPath(new URL("./watchdog.sh", import.meta.url));
  const child: ChildProcess = spawn("/bin/sh", [script, String(GRACE_S)], {
    detached: true,
    cwd: "/",
    env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
    stdio: ["pipe", "ignore", "ignore"],
  });
  const { stdin } = child;
  // Without a shell there is nothing to record to; the supervisor's own stop still works.
  child.on("error", () => {});
  stdin?.on("error", () => {});
  child.unref();
  if (stdin instanceof Socket) stdin.unref();
  const tell = (line: string): void => {
    if (stdin?.writable) stdin.write(`${line}\n`);
  };
  return {
    guardGroup: (groupId, signal) => tell(`group ${groupId} ${signal.slice("SIG".length)}`),
    forgetGroup: (groupId) => tell(`forget ${groupId}`),
    guardFolder: (path) => tell(`folder ${path}`),
    forgetFolder: (path) => tell(`keep ${path}`),
    pid: child.pid,
  };
}
