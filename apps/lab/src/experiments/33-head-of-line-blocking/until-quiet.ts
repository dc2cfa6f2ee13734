import { setTimeout } from "node:timers/promises";

/**
 * Waits until a count has not grown for so long, or `all` has resolved: a slow machine gets as far as a fast one.
 * @returns the count
 */
export async function untilQuiet(count: () => number, all: Promise<unknown>, quietMs: number): Promise<number> {
  for (;;) {
    const before = count();
    const isOver = await Promise.race([setTimeout(quietMs, false), all.then(() => true)]);
    if (isOver || count() === before) return count();
  }
}
