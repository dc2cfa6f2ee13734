import { createHistogram, type Histogram } from "./histogram.ts";

/** A message that calls failed with, and how often. */
export interface ErrorSample {
  readonly message: string;
  readonly count: number;
}

/** What a run measured. `JSON.stringify` gives the raw histograms. */
export interface OpenLoopResult {
  /** Calls the schedule asked for, dropped ones included. */
  readonly calls: number;
  /** Calls that failed, timed out or were dropped. */
  readonly errors: number;
  /** Calls that were never sent because `maxInFlight` were under way; part of `errors`. */
  readonly dropped: number;
  /** The first different messages and their counts, `maxErrorSamples` at most. */
  readonly errorSamples: readonly ErrorSample[];
  /** Of the calls that succeeded, from the intended start: waiting behind a stalled call is part of it. */
  readonly latency: Histogram;
  /** From the intended start to the sending, of every call: how late the generator itself was. */
  readonly sendLag: Histogram;
  /** On the axis of the clock (`performance.now()`), in ms. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Above this send lag the generator measures itself. */
const MAX_SEND_LAG_P99_MS = 20;

/**
 * Whether the generator kept its schedule: a p99 of the send lag of 20 ms at most. Figures of any other run are invalid,
 * as are those of a run without calls.
 */
export function isTrustworthy(result: Pick<OpenLoopResult, "sendLag">): boolean {
  return result.sendLag.quantileMs(0.99) <= MAX_SEND_LAG_P99_MS;
}

/** Collects a result while the run goes on. */
export interface Tally {
  sent(lagMs: number): void;
  dropped(lagMs: number): void;
  succeeded(latencyMs: number): void;
  failed(error: unknown): void;
  result(startedAt: number, endedAt: number): OpenLoopResult;
}

/** An empty tally that keeps `maxErrorSamples` different messages. */
export function createTally(maxErrorSamples: number): Tally {
  const latency = createHistogram();
  const sendLag = createHistogram();
  const samples = new Map<string, number>();
  let failures = 0;
  let drops = 0;

  const sample = (message: string) => {
    const count = samples.get(message);
    if (count !== undefined || samples.size < maxErrorSamples) samples.set(message, (count ?? 0) + 1);
  };
  return {
    sent: (lagMs) => sendLag.recordMs(lagMs),
    dropped(lagMs) {
      sendLag.recordMs(lagMs);
      drops += 1;
      sample("dropped: maxInFlight calls were under way");
    },
    succeeded: (latencyMs) => latency.recordMs(latencyMs),
    failed(error) {
      failures += 1;
      sample(error instanceof Error ? error.message : String(error));
    },
    result: (startedAt, endedAt) => ({
      calls: sendLag.count,
      errors: failures + drops,
      dropped: drops,
      errorSamples: Array.from(samples, ([message, count]) => ({ message, count })),
      latency,
      sendLag,
      startedAt,
      endedAt,
    }),
  };
}
