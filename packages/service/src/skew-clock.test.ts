import { expect, test } from "vitest";
import { skewClock } from "./skew-clock.ts";

const DAY_MS = 86_400_000;

test("skewClock puts every way to ask for the time ahead, and sets it right again", () => {
  const before = new Date();
  const skew = skewClock(DAY_MS);
  const after = before.getTime() + DAY_MS;
  for (const time of [Date.now(), new Date().getTime(), Date.parse(Date()) + 999]) {
    expect(time).toBeGreaterThanOrEqual(after);
    expect(time).toBeLessThan(after + DAY_MS);
  }
  skew[Symbol.dispose]();
  expect(Date.now()).toBeLessThan(after);
});

test("skewClock leaves dates that are given alone, and dates of either clock are dates", () => {
  const right = new Date(0);
  using _ = skewClock(DAY_MS);
  expect(new Date(5).getTime()).toBe(5);
  expect(new Date(2026, 0, 2).getDate()).toBe(2);
  expect(Date.UTC(1970, 0, 2)).toBe(DAY_MS);
  expect([right instanceof Date, new Date() instanceof Date]).toEqual([true, true]);
});
