import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../src/index.ts";

/** A virtual clock: time stands still until `drive` moves it from one due action to the next. */
export interface FakeClock extends Clock {
  /** Moves time until the work has settled, and gives its outcome. Fails when nothing is left that could settle it. */
  drive<T>(work: Promise<T>): Promise<T>;
}

export function createFakeClock(): FakeClock {
  const due = new Set<{ atMs: number; action: () => void }>();
  let nowMs = 0;

  const after: Clock["after"] = (delayMs, action) => {
    const entry = { atMs: nowMs + delayMs, action };
    due.add(entry);
    return () => due.delete(entry);
  };
  return {
    now: () => nowMs,
    after,
    waitUntil: (atMs, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        signal.addEventListener("abort", () => resolve(), { once: true });
        after(Math.max(0, atMs - nowMs), resolve);
      }),
    async drive(work) {
      let settled = false;
      const settle = () => {
        settled = true;
      };
      work.then(settle, settle);
      for (await nextTurn(); !settled; await nextTurn()) {
        const [next] = [...due].sort((a, b) => a.atMs - b.atMs);
        if (next === undefined) throw new Error("the work waits for something that never happens");
        due.delete(next);
        nowMs = Math.max(nowMs, next.atMs);
        next.action();
      }
      return work;
    },
  };
}
