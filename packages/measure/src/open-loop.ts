import { type OpenLoopOptions, type ResolvedOpenLoopOptions, resolveOpenLoopOptions } from "./open-loop-options.ts";
import { createTally, type OpenLoopResult } from "./open-loop-result.ts";

/**
 * Offers calls on a schedule that does not wait for replies, and measures each from the start it was meant to have. A
 * target that stalls therefore shows in the latency of every call that came due meanwhile (no coordinated omission).
 *
 * Resolves when every call has ended or timed out. Check the result with `isTrustworthy` before using its figures.
 * @throws RangeError for options out of range; the reason of `signal` when that aborts.
 */
export async function runOpenLoop(options: OpenLoopOptions): Promise<OpenLoopResult> {
  const resolved = resolveOpenLoopOptions(options);
  if (resolved.warmupCalls > 0) {
    await followSchedule({ ...resolved, calls: resolved.warmupCalls, durationMs: Number.POSITIVE_INFINITY });
  }
  return followSchedule(resolved);
}

async function followSchedule(options: ResolvedOpenLoopOptions): Promise<OpenLoopResult> {
  const { clock, signal } = options;
  const tally = createTally(options.maxErrorSamples);
  const inFlight = new Set<Promise<void>>();
  // Each call listens to this one for its own life only, so the caller's signal never gathers listeners.
  const run = new AbortController();
  const abortRun = () => run.abort(signal.reason);
  signal.addEventListener("abort", abortRun, { once: true });

  try {
    const startedAt = clock.now();
    let index = 0;
    for (const offsetMs of options.arrivals(options.ratePerSecond)) {
      if (index >= options.calls || offsetMs >= options.durationMs) break;
      index += 1;
      const intendedAt = startedAt + offsetMs;
      await clock.waitUntil(intendedAt, signal);
      signal.throwIfAborted();
      const lagMs = clock.now() - intendedAt;
      if (inFlight.size >= options.maxInFlight) {
        tally.dropped(lagMs);
        continue;
      }
      tally.sent(lagMs);
      const call = callOnce(options, run.signal)
        .then(() => tally.succeeded(clock.now() - intendedAt), tally.failed)
        .finally(() => inFlight.delete(call));
      inFlight.add(call);
    }
    await Promise.all(inFlight);
    signal.throwIfAborted();
    return tally.result(startedAt, clock.now());
  } finally {
    signal.removeEventListener("abort", abortRun);
  }
}

/** One call that ends at its timeout or with the run at the latest, even when the target ignores its signal. */
async function callOnce({ target, clock, timeoutMs }: ResolvedOpenLoopOptions, run: AbortSignal): Promise<void> {
  const controller = new AbortController();
  const ended = Promise.withResolvers<never>();
  const end = (reason: unknown) => {
    ended.reject(reason);
    controller.abort(reason);
  };
  const endWithRun = () => end(run.reason);
  run.addEventListener("abort", endWithRun, { once: true });
  const cancelTimeout = clock.after(timeoutMs, () => end(new Error(`no reply within ${timeoutMs} ms`)));
  try {
    await Promise.race([target.call(controller.signal), ended.promise]);
  } finally {
    cancelTimeout();
    run.removeEventListener("abort", endWithRun);
  }
}
