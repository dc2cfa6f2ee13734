import { expect, test } from "vitest";
import { type Arrivals, constantArrivals, poissonArrivals } from "./arrivals.ts";

function take(arrivals: Arrivals, count: number): number[] {
  const taken: number[] = [];
  for (const atMs of arrivals) {
    taken.push(atMs);
    if (taken.length === count) break;
  }
  return taken;
}

test("constantArrivals starts at 0 and keeps the gap without adding up errors", () => {
  expect(take(constantArrivals(250), 4)).toEqual([0, 4, 8, 12]);
  expect(take(constantArrivals(3), 3001).at(-1)).toBe(1_000_000);
});

test("poissonArrivals has the gaps of the exponential distribution at the random values given", () => {
  const values = [0, 0.5, 1 - Math.exp(-2)];
  const arrivals = poissonArrivals(100, () => values.shift() ?? 0);
  const [first = Number.NaN, second = Number.NaN, third = Number.NaN] = take(arrivals, 3);
  expect(first).toBeCloseTo(0);
  expect(second).toBeCloseTo(10 * Math.log(2));
  expect(third - second).toBeCloseTo(20);
});

test("poissonArrivals comes at the rate asked for on average", () => {
  let state = 1;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const lastMs = take(poissonArrivals(1000, random), 20_000).at(-1);
  expect(lastMs).toBeGreaterThan(19_500);
  expect(lastMs).toBeLessThan(20_500);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("both schedules refuse a rate of %s", (rate) => {
  expect(() => take(constantArrivals(rate), 1)).toThrow(/ratePerSecond must be a positive number/);
  expect(() => take(poissonArrivals(rate, Math.random), 1)).toThrow(/ratePerSecond must be a positive number/);
});
