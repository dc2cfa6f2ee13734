import { expect, test } from "vitest";
import { createRandom } from "./random.ts";

test("createRandom + repeats its choices for a seed and makes others for another", () => {
  const choices = (seed: number) => {
    const random = createRandom(seed);
    return [random.next(), random.whole(1, 6), random.bits64(), ...random.bytes(4), random.pick(["a", "b", "c"])];
  };
  expect(choices(7)).toEqual(choices(7));
  expect(choices(7)).not.toEqual(choices(8));
});

test("createRandom whole + reaches both ends and nothing beyond, evenly", () => {
  const random = createRandom(1);
  const seen = new Map<number, number>();
  for (let index = 0; index < 6_000; index += 1) {
    const value = random.whole(-1, 4);
    seen.set(value, (seen.get(value) ?? 0) + 1);
  }
  expect([...seen.keys()].sort((a, b) => a - b)).toEqual([-1, 0, 1, 2, 3, 4]);
  for (const count of seen.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});
