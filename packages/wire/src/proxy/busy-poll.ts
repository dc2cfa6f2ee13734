import { cpus } from "node:os";

/** Bytes that follow others sooner than this are dense traffic. */
const DENSE_MS = 0.2;
/** How long the loop stays awake for the next ones. */
const AWAKE_MS = 0.05;

/**
 * Keeps the event loop awake for a moment while bytes come close behind one another: busy polling. A stream of HTTP/2 with
 * 64 KiB on its way makes its two sides, and a proxy between them, take turns; to wake a process that sleeps on another
 * CPU takes longer than to pass the bytes on. Sparse traffic lets the loop sleep, and so does a machine with one CPU, where
 * who polls keeps the others from working.
 *
 * @param clock milliseconds that never go back
 * @param cpuCount of the machine: that the process may use one only does not matter
 * @returns what to call whenever bytes have gone by
 */
export function createBusyPoll(clock = () => performance.now(), cpuCount = cpus().length): () => void {
  let lastAtMs = Number.NEGATIVE_INFINITY;
  let polling = false;
  const poll = (): void => {
    polling = clock() - lastAtMs < AWAKE_MS;
    if (polling) setImmediate(poll);
  };
  return () => {
    const nowMs = clock();
    const isDense = nowMs - lastAtMs < DENSE_MS;
    lastAtMs = nowMs;
    if (polling || !isDense || cpuCount === 1) return;
    polling = true;
    setImmediate(poll);
  };
}
