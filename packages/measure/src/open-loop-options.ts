import { type Arrivals, constantArrivals } from "./arrivals.ts";
import { type Clock, preciseClock } from "./clock.ts";
import type { Target } from "./target.ts";

/** What `runOpenLoop` is told. Exactly one of `calls` and `durationMs` says when the schedule ends. */
export interface OpenLoopOptions {
  readonly target: Target;
  /** Calls per second that are offered, whatever the replies do. */
  readonly ratePerSecond: number;
  /** Number of measured calls. */
  readonly calls?: number;
  /** Length of the measured schedule in ms; calls that began in it are still awaited. */
  readonly durationMs?: number;
  /** Calls made on the same schedule and awaited before the measurement starts, not part of the result. Default 0. */
  readonly warmupCalls?: number;
  /** Calls under way at once; one more counts as dropped, it is never delayed. Default 1024. */
  readonly maxInFlight?: number;
  /** When a call counts as failed, in ms from its sending. Default 10 000. */
  readonly timeoutMs?: number;
  /** Different error messages kept in the result. Default 10. */
  readonly maxErrorSamples?: number;
  /** Ends the run: calls under way are aborted, `runOpenLoop` rejects with the reason. Default: never. */
  readonly signal?: AbortSignal;
  /** The schedule for a rate. Default `constantArrivals`; for Poisson `(rate) => poissonArrivals(rate, random)`. */
  readonly arrivals?: (ratePerSecond: number) => Arrivals;
  /** Default `preciseClock`. */
  readonly clock?: Clock;
}

/** Options with every default filled in; the end that was not given is infinite. */
export type ResolvedOpenLoopOptions = Required<OpenLoopOptions>;

/**
 * Checks the options and fills in the defaults.
 * @throws RangeError naming the option that is out of range.
 */
export function resolveOpenLoopOptions(options: OpenLoopOptions): ResolvedOpenLoopOptions {
  if ((options.calls === undefined) === (options.durationMs === undefined)) {
    throw new RangeError("give exactly one of calls and durationMs");
  }
  const resolved: ResolvedOpenLoopOptions = {
    target: options.target,
    ratePerSecond: options.ratePerSecond,
    calls: options.calls ?? Number.POSITIVE_INFINITY,
    durationMs: options.durationMs ?? Number.POSITIVE_INFINITY,
    warmupCalls: options.warmupCalls ?? 0,
    maxInFlight: options.maxInFlight ?? 1024,
    timeoutMs: options.timeoutMs ?? 10_000,
    maxErrorSamples: options.maxErrorSamples ?? 10,
    signal: options.signal ?? new AbortController().signal,
    arrivals: options.arrivals ?? constantArrivals,
    clock: options.clock ?? preciseClock,
  };
  for (const name of ["ratePerSecond", "durationMs", "timeoutMs"] as const) {
    if (!(resolved[name] > 0)) throw new RangeError(`${name} must be above 0, got ${resolved[name]}`);
  }
  for (const name of ["warmupCalls", "maxErrorSamples", "maxInFlight"] as const) assertCount(name, resolved[name]);
  if (options.calls !== undefined) assertCount("calls", options.calls);
  if (resolved.maxInFlight === 0) throw new RangeError("maxInFlight must be at least 1");
  return resolved;
}

function assertCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} must be a whole number, got ${value}`);
}
