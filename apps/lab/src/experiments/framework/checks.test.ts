import { createHistogram } from "@polywire/measure";
import { expect, test } from "vitest";
import { compareTimes, generatorCheck, parityCheck } from "./checks.ts";

test.each([
  [19, true],
  [21, false],
])("generatorCheck + of a send lag of %d ms is %s", (lagMs, ok) => {
  const sendLag = createHistogram();
  sendLag.recordMs(lagMs);
  expect(generatorCheck("rest-h1", { sendLag })).toMatchObject({ name: "send lag of rest-h1", ok });
});

test("parityCheck + names the variants that returned something else", () => {
  const order = { id: "1", lines: [{ sku: "A", quantity: 1n }] };
  const same = structuredClone(order);
  expect(parityCheck("orders", { rest: order, grpc: same })).toMatchObject({ ok: true });
  const check = parityCheck("orders", { rest: order, grpc: same, sse: { ...order, id: "2" } });
  expect(check).toMatchObject({ ok: false, because: "sse returned something else than rest" });
});

const variants = (reference: number, other: number) =>
  [
    { name: "reference", run: async () => reference },
    { name: "other", run: async () => other },
  ] as const;

test("compareTimes + decides by the median ratio, on whichever side the threshold lies", async () => {
  const above = { expectedRatio: 3, threshold: 2 };
  expect(await compareTimes({ ...above, variants: variants(10, 25) })).toMatchObject({
    medianRatio: 2.5,
    asExpected: true,
  });
  expect(await compareTimes({ ...above, variants: variants(10, 15) })).toMatchObject({ asExpected: false });
  const below = { expectedRatio: 0.5, threshold: 0.8 };
  expect(await compareTimes({ ...below, variants: variants(10, 6) })).toMatchObject({ asExpected: true });
  expect(await compareTimes({ ...below, variants: variants(10, 9) })).toMatchObject({ asExpected: false });
});

test("compareTimes + refuses a threshold that noise could cross", async () => {
  const options = { expectedRatio: 2, threshold: 1.5, variants: variants(1, 2) };
  await expect(compareTimes(options)).rejects.toThrow(/factor 1.4/);
});
