import { type ProcessStat, readProcessStat, readProcNumbers, readProcText } from "./proc.ts";
import { processTrees } from "./process-tree.ts";

/** `/proc/PID/stat` counts in USER_HZ, which is 100 on every Linux that Node runs on. */
const NS_PER_TICK = 10_000_000n;
const MAX_ATTEMPTS = 5;

/**
 * CPU time in ns that the given processes and their descendants have used so far, children that came and went included.
 * Only differences of two readings mean something. Null where the kernel has no nanosecond accounting (not Linux, or
 * built without scheduler statistics) and when one of `pids` has ended, whose time can no longer be read.
 *
 * - Living threads: `/proc/PID/task/TID/schedstat`, in ns. (`/proc/PID/schedstat` is the main thread alone.) A thread that
 *   runs at this moment is known up to its last scheduler tick, 1 to 10 ms ago.
 * - Threads that have ended are only in the process' total in `/proc/PID/stat`, cut to ticks; it takes over where it is
 *   the larger figure. A process is then known to 20 ms instead of nanoseconds.
 * - Children that have ended: what their parent has collected by waiting for them, in ticks. A difference of two readings
 *   is off by less than 20 ms per process whose children ended in between, however many and however short-lived they
 *   were (Postgres backends and parallel workers), and exact if none did.
 */
export function cpuTimeNs(pids: readonly number[]): bigint | null {
  if (readProcText("/proc/self/schedstat") === null) return null;
  // A child that ends while the tree is read would be counted at its own place and at its parent's, or at neither.
  let tree = processTrees(pids);
  for (let attempt = 1; ; attempt += 1) {
    if (pids.some((pid) => !tree.includes(pid))) return null;
    const totalNs = tree.reduce((sum, pid) => sum + processCpuNs(pid), 0n);
    const treeAfter = processTrees(pids);
    if (attempt === MAX_ATTEMPTS || sameMembers(tree, treeAfter)) return totalNs;
    tree = treeAfter;
  }
}

function processCpuNs(pid: number): bigint {
  const stat = readProcessStat(pid);
  return stat === null ? 0n : ownCpuNs(stat) + BigInt(stat.reapedTicks) * NS_PER_TICK;
}

function ownCpuNs({ pid, ownTicks }: ProcessStat): bigint {
  const folder = `/proc/${pid}/task`;
  const threadsNs = readProcNumbers(folder).reduce(
    (sum, thread) => sum + parseRunTimeNs(readProcText(`${folder}/${thread}/schedstat`)),
    0n,
  );
  const totalNs = BigInt(ownTicks) * NS_PER_TICK;
  return threadsNs > totalNs ? threadsNs : totalNs;
}

/** The first field of a schedstat file is the time spent on a CPU, in ns. */
function parseRunTimeNs(schedstat: string | null): bigint {
  return BigInt(schedstat?.split(" ", 1)[0] ?? 0);
}

function sameMembers(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((pid, index) => pid === right[index]);
}
