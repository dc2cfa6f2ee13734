import { readAllProcessStats } from "./proc.ts";

/**
 * The ids of a process and of all its living descendants, parents first; empty when it has ended or off Linux. A process
 * whose parent has died belongs to another tree from then on.
 */
export function processTree(pid: number): number[] {
  return processTrees([pid]);
}

/** The trees of several processes together, each process once. */
export function processTrees(roots: readonly number[]): number[] {
  const childrenOf = new Map<number, number[]>();
  const living = new Set<number>();
  for (const { pid, parent } of readAllProcessStats()) {
    living.add(pid);
    const siblings = childrenOf.get(parent);
    if (siblings === undefined) childrenOf.set(parent, [pid]);
    else siblings.push(pid);
  }
  const found = new Set(roots.filter((root) => living.has(root)));
  // A set is iterated over what is added meanwhile too, so this walks the whole trees.
  for (const pid of found) {
    for (const child of childrenOf.get(pid) ?? []) found.add(child);
  }
  return [...found];
}
