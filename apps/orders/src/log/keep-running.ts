import type { Logger } from "pino";

/** Work that runs until its signal aborts, and is started again when it fails. */
export interface KeepRunningOptions {
  /** For the log: what is being done. */
  what: string;
  logger: Logger;
  signal: AbortSignal;
  /** The longest pause after failures, in milliseconds. Default 5000. */
  maxPauseMs?: number;
  /** 0 to 1. Default Math.random. */
  random?: () => number;
}

const FIRST_PAUSE_MS = 100;

/**
 * Runs `work` again and again until the signal aborts, with a growing pause (full jitter) after each failure. `work`
 * calls `healthy` when it has got somewhere, which makes the next pause short again.
 */
export async function keepRunning(
  options: KeepRunningOptions,
  work: (signal: AbortSignal, healthy: () => void) => Promise<void>,
): Promise<void> {
  const { what, logger, signal, maxPauseMs = 5000, random = Math.random } = options;
  let failures = 0;
  const healthy = (): void => {
    failures = 0;
  };
  while (!signal.aborted) {
    try {
      await work(signal, healthy);
    } catch (err) {
      if (signal.aborted) return;
      const pauseMs = random() * Math.min(maxPauseMs, FIRST_PAUSE_MS * 2 ** failures);
      failures += 1;
      logger.warn({ err, pauseMs }, `${what} failed; will try again`);
      await pause(pauseMs, signal);
    }
  }
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => resolve();
  const timer = setTimeout(end, durationMs);
  signal.addEventListener("abort", end);
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  });
}
