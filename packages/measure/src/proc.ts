import { readdirSync, readFileSync } from "node:fs";

/** The fields of `/proc/PID/stat` that accounting needs. Times are in ticks of 10 ms, rounded down by the kernel. */
export interface ProcessStat {
  readonly pid: number;
  readonly command: string;
  /** One letter; `Z` is a process that has ended and was not waited for yet. */
  readonly state: string;
  readonly parent: number;
  /** User and system time of all threads, ended ones included. */
  readonly ownTicks: number;
  /** The same of all children that have ended and been waited for, their own children included. */
  readonly reapedTicks: number;
}

/**
 * Reads one line of `/proc/PID/stat` (proc_pid_stat(5)). The command stands in parentheses and may contain spaces and
 * parentheses itself, so fields are counted from the last closing one.
 */
export function parseProcessStat(line: string): ProcessStat {
  const open = line.indexOf("(");
  const close = line.lastIndexOf(")");
  const fields = line.slice(close + 2).split(" ");
  const field = (number: number) => Number(fields[number - 3]);
  return {
    pid: Number(line.slice(0, open)),
    command: line.slice(open + 1, close),
    state: fields[0] ?? "",
    parent: field(4),
    ownTicks: field(14) + field(15),
    reapedTicks: field(16) + field(17),
  };
}

/** The state of one process, or null when it has ended or this is not Linux. */
export function readProcessStat(pid: number): ProcessStat | null {
  const line = readProcText(`/proc/${pid}/stat`);
  return line === null ? null : parseProcessStat(line);
}

/** The states of all processes that can be seen. */
export function readAllProcessStats(): ProcessStat[] {
  return readProcNumbers("/proc")
    .map(readProcessStat)
    .filter((stat) => stat !== null);
}

/** The content of a file below `/proc`, or null when what it describes is gone, unknown to the kernel or not ours. */
export function readProcText(path: string): string | null {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    return ignoreUnavailable(error);
  }
}

/** The numeric names (processes, threads) in a folder below `/proc`; none where there is no such folder. */
export function readProcNumbers(path: string): number[] {
  try {
    return readdirSync(path)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch (error) {
    return ignoreUnavailable(error) ?? [];
  }
}

function ignoreUnavailable(error: unknown): null {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ESRCH" || code === "EACCES" || code === "EPERM") return null;
  throw error;
}
