import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";

/** Where the load loop takes its time from. Tests give a virtual one. */
export interface Clock {
  /** Now, in ms on a monotonic axis with a fraction. */
  now(): number;
  /**
   * Resolves at `atMs`, or as soon as `signal` aborts. Gives the event loop at least one turn even when `atMs` has
   * passed, so that replies are read while the loop catches up.
   */
  waitUntil(atMs: number, signal: AbortSignal): Promise<void>;
  /** Runs `action` after `delayMs`; the function returned cancels it. */
  after(delayMs: number, action: () => void): () => void;
}

/**
 * Timers have a resolution of 1 ms and fire up to about 1 ms late, far more than a fast call takes. So the last stretch
 * before a start is spent in turns of the event loop, which keep reading replies.
 */
const SPIN_MS = 1.5;

/**
 * The clock of `performance.now()`. Wakes within some tens of microseconds when the machine has a core to spare; pays
 * for it with up to 1.5 ms of CPU per call in the process that generates the load, never in the one that is measured.
 */
export const preciseClock: Clock = {
  now: () => performance.now(),
  async waitUntil(atMs, signal) {
    const coarseMs = Math.floor(atMs - performance.now() - SPIN_MS);
    if (coarseMs > 0) await sleep(coarseMs, undefined, { signal }).catch(() => undefined);
    do await nextTurn();
    while (performance.now() < atMs && !signal.aborted);
  },
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};
