import fc from "fast-check";
import { expect, test } from "vitest";
import { createHistogram } from "./histogram.ts";

const durationsMs = fc.array(fc.double({ min: 1e-6, max: 3_600_000, noNaN: true }), { minLength: 1, maxLength: 200 });

function recorded(valuesMs: readonly number[]) {
  const histogram = createHistogram();
  for (const valueMs of valuesMs) histogram.recordMs(valueMs);
  return histogram;
}

test("histogram quantileMs is exact to three digits for every value recorded", () => {
  fc.assert(
    fc.property(durationsMs, (valuesMs) => {
      const sorted = valuesMs.toSorted((a, b) => a - b);
      const histogram = recorded(valuesMs);
      for (const [index, exactMs] of sorted.entries()) {
        const quantileMs = histogram.quantileMs((index + 1) / sorted.length);
        expect(Math.abs(quantileMs - exactMs)).toBeLessThanOrEqual(exactMs / 1000 + 1e-6);
      }
    }),
  );
});

test("histogram toJSON read back gives the same buckets and quantiles", () => {
  fc.assert(
    fc.property(durationsMs, (valuesMs) => {
      const original = recorded(valuesMs);
      const text = JSON.stringify(original);
      const copy = createHistogram(JSON.parse(text));
      expect(JSON.stringify(copy)).toBe(text);
      expect(copy.count).toBe(valuesMs.length);
      for (const quantile of [0, 0.5, 0.9, 0.99, 1])
        expect(copy.quantileMs(quantile)).toBe(original.quantileMs(quantile));
    }),
  );
});

test("histogram merge equals recording everything in one", () => {
  fc.assert(
    fc.property(durationsMs, durationsMs, (left, right) => {
      const merged = recorded(left);
      merged.merge(recorded(right));
      expect(merged.toJSON()).toEqual(recorded([...left, ...right]).toJSON());
    }),
  );
});

test("histogram has no quantile while it is empty, and counts nothing below 1 ns", () => {
  const histogram = createHistogram();
  expect(histogram.quantileMs(0.5)).toBeNaN();
  expect(histogram.maxMs).toBeNaN();
  expect(histogram.toJSON().buckets).toEqual([]);
  histogram.recordMs(-3);
  expect(histogram.toJSON().buckets).toEqual([[1, 1]]);
});

test("histogram quantileMs refuses a share outside 0 and 1", () => {
  expect(() => createHistogram().quantileMs(99)).toThrow(RangeError);
});

test("createHistogram refuses data whose counts do not add up or whose unit is another", () => {
  const data = recorded([1, 2]).toJSON();
  expect(() => createHistogram({ ...data, count: 3 })).toThrow(RangeError);
  expect(() => createHistogram({ ...data, unit: "ms" as "ns" })).toThrow(RangeError);
  expect(() => createHistogram({ ...data, count: 0, buckets: [[-1, 0]] })).toThrow(RangeError);
});
