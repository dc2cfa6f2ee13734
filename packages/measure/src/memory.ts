import { readProcessStat, readProcText } from "./proc.ts";
import { processTrees } from "./process-tree.ts";

/** Memory of one process. */
export interface ProcessMemory {
  readonly pid: number;
  /** The kernel's name of the process, 15 characters at most. */
  readonly command: string;
  /** Proportional set size: private pages, and of each shared page the share of this process. */
  readonly pssBytes: number;
}

/** Memory of several processes and their descendants. Shared pages count once in the total. */
export interface MemoryReport {
  readonly processes: readonly ProcessMemory[];
  readonly totalBytes: number;
}

/**
 * The proportional set sizes of the given processes and their descendants, largest first. Null where they can't be read:
 * not Linux, one of `pids` has ended, or a process belongs to another user.
 */
export function readMemory(pids: readonly number[]): MemoryReport | null {
  const tree = processTrees(pids);
  if (pids.some((pid) => !tree.includes(pid))) return null;
  const processes: ProcessMemory[] = [];
  for (const pid of tree) {
    const pssBytes = parsePssBytes(readProcText(`/proc/${pid}/smaps_rollup`));
    const stat = readProcessStat(pid);
    if (stat === null || stat.state === "Z") continue; // Has ended: it holds no memory.
    if (pssBytes === null) return null;
    processes.push({ pid, command: stat.command, pssBytes });
  }
  processes.sort((a, b) => b.pssBytes - a.pssBytes);
  return { processes, totalBytes: processes.reduce((sum, { pssBytes }) => sum + pssBytes, 0) };
}

/** The `Pss:` line of a smaps_rollup file, in bytes; null when there is none. */
export function parsePssBytes(rollup: string | null): number | null {
  const kibibytes = rollup?.match(/^Pss:\s+(\d+) kB$/m)?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1024;
}
