import { expect, test } from "vitest";
import { interleave } from "./interleave.ts";

function variant(name: string, values: readonly number[], order: string[] = []) {
  let round = 0;
  return {
    name,
    async run() {
      order.push(name);
      round += 1;
      return values[round - 1] ?? Number.NaN;
    },
  };
}

test("interleave runs A/B/A/B, discards the first pair and takes the median of the ratios per pair", async () => {
  const order: string[] = [];
  const bare = variant("bare", [900, 10, 20, 10, 20, 10, 20, 10], order);
  const chain = variant("chain", [1, 12, 22, 11, 24, 13, 100, 12], order);
  const { reference, comparisons } = await interleave({ variants: [bare, chain] });
  expect(order).toEqual(Array.from({ length: 8 }, () => ["bare", "chain"]).flat());
  expect(reference).toEqual({ name: "bare", values: [10, 20, 10, 20, 10, 20, 10] });
  expect(comparisons).toEqual([
    {
      name: "chain",
      values: [12, 22, 11, 24, 13, 100, 12],
      ratios: [1.2, 1.1, 1.1, 1.2, 1.3, 5, 1.2],
      medianRatio: 1.2,
    },
  ]);
});

test("interleave compares every further variant with the first and halves between two middle ratios", async () => {
  const constant = (name: string, value: number) => variant(name, Array(10).fill(value));
  const rising = variant("rising", [9, 1, 2, 3, 4, 5, 6, 7, 8]);
  const result = await interleave({ variants: [constant("one", 1), constant("two", 2), rising], pairs: 8 });
  expect(result.comparisons.map(({ name, medianRatio }) => [name, medianRatio])).toEqual([
    ["two", 2],
    ["rising", 4.5],
  ]);
});

test("interleave refuses fewer than seven pairs and figures that have no ratio", async () => {
  const good = variant("good", Array(10).fill(1));
  await expect(interleave({ variants: [good, good], pairs: 6 })).rejects.toThrow(/at least 7/);
  await expect(interleave({ variants: [good, good], discardFirst: -1 })).rejects.toThrow(/discardFirst/);
  await expect(interleave({ variants: [variant("zero", [0]), good] })).rejects.toThrow(/zero measured 0/);
});
