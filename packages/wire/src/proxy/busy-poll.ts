import { cpus } from "node:os";

/** A chunk of so many bytes is a part of a stream: calls and their answers are smaller as a rule. */
const STREAM_BYTES = 4096;
/** What follows a part of a stream sooner than this is dense traffic: the next part, or the leave to send it. */
const DENSE_MS = 0.2;
/** How long the loop stays awake for the next ones. */
const AWAKE_MS = 0.05;

/**
 * Keeps the event loop awake for a moment while the chunks of a stream come close behind one another: busy polling. A stream
 * of HTTP/2 with 64 KiB on its way makes its two sides, and a proxy between them, take turns; to wake a process that sleeps
 * on another CPU takes longer than to pass the bytes on. Small chunks alone do not begin it: the CPU that polls for an answer
 * may be the one that is to write it. Nor does anything on a machine with one CPU.
 *
 * @param clock milliseconds that never go back
 * @param cpuCount of the machine: that the process may use one only does not matter
 * @returns what to call whenever bytes have gone by, with their number
 */
export function createBusyPoll(clock = () => performance.now(), cpuCount = cpus().length): (bytes: number) => void {
  let lastAtMs = Number.NEGATIVE_INFINITY;
  let streamAtMs = Number.NEGATIVE_INFINITY;
  let polling = false;
  const poll = (): void => {
    polling = clock() - lastAtMs < AWAKE_MS;
    if (polling) setImmediate(poll);
  };
  return (bytes) => {
    const nowMs = clock();
    const isDense = nowMs - streamAtMs < DENSE_MS;
    lastAtMs = nowMs;
    if (bytes >= STREAM_BYTES) streamAtMs = nowMs;
    if (polling || !isDense || cpuCount === 1) return;
    polling = true;
    setImmediate(poll);
  };
}
