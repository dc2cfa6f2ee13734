/**
 * Intended starts of calls, in ms from the start of the run, ascending and without end.
 * They depend on the rate alone and never on replies: that is what makes a load open-loop.
 */
export type Arrivals = Iterable<number>;

/**
 * One call every `1000 / ratePerSecond` ms, the first at 0. Each start is computed from its index, so no error adds up.
 * @throws RangeError if the rate is not a positive number.
 */
export function* constantArrivals(ratePerSecond: number): Generator<number, never> {
  assertRate(ratePerSecond);
  for (let index = 0; ; index += 1) yield (index * 1000) / ratePerSecond;
}

/**
 * A Poisson process: independent, exponentially distributed gaps with a mean of `1000 / ratePerSecond` ms, as many
 * independent callers produce them.
 * @param random uniform in [0, 1), like `Math.random`; a seeded one makes the schedule repeatable.
 * @throws RangeError if the rate is not a positive number.
 */
export function* poissonArrivals(ratePerSecond: number, random: () => number): Generator<number, never> {
  assertRate(ratePerSecond);
  for (let atMs = 0; ; ) {
    atMs += (-Math.log(1 - random()) * 1000) / ratePerSecond;
    yield atMs;
  }
}

function assertRate(ratePerSecond: number): void {
  if (!(ratePerSecond > 0 && Number.isFinite(ratePerSecond))) {
    throw new RangeError(`ratePerSecond must be a positive number, got ${ratePerSecond}`);
  }
}
