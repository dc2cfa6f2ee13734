import fc from "fast-check";
import { expect, test } from "vitest";
import { lineTotal } from "./discount.ts";

const price = fc.bigInt({ min: 1n, max: 10_000_000n });
const quantity = fc.integer({ min: 1, max: 1000 });

test.each([
  ["no discount below 10 pieces", 199n, 9, 1791n],
  ["5 % from 10 pieces", 100n, 10, 950n],
  ["10 % from 50 pieces", 100n, 50, 4500n],
  ["15 % from 200 pieces", 100n, 200, 17_000n],
  ["a half is rounded up: 9.5 becomes 10", 1n, 10, 10n],
  ["less than a half is rounded down: 10.45 becomes 10", 1n, 11, 10n],
])("lineTotal + %s", (...[, unitMinor, pieces, expected]) => {
  expect(lineTotal(unitMinor, pieces)).toBe(expected);
});

test("lineTotal is within half a minor unit of the exact amount, and at most the undiscounted one", () => {
  fc.assert(
    fc.property(price, quantity, (unitMinor, pieces) => {
      const total = lineTotal(unitMinor, pieces);
      const percent = pieces >= 200 ? 85n : pieces >= 50 ? 90n : pieces >= 10 ? 95n : 100n;
      const errorOfHundred = total * 100n - unitMinor * BigInt(pieces) * percent;
      expect(errorOfHundred <= 50n && errorOfHundred > -50n).toBe(true);
      expect(total <= unitMinor * BigInt(pieces)).toBe(true);
    }),
  );
});

test("lineTotal stays within the contract's bound for the largest order", () => {
  expect(lineTotal(10_000_000n, 1000) * 100n).toBeLessThanOrEqual(1_000_000_000_000n);
});
