import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "./support/expect-error.ts";
import { as, type RunningOrders, startWorld, type World } from "./support/world.ts";

let world: World;
let orders: RunningOrders;

beforeAll(async () => {
  world = await startWorld();
  orders = await world.orders(await world.freshDatabase());
});

afterAll(async () => {
  await orders?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const INVALID = "INVALID_ARGUMENT VALIDATION_FAILED";
const lines = [{ sku: "SKU-00001", quantity: 1 }];
const orderId = "6f1c2b1e-6a2b-4f0e-9d53-0c6f3f7f6a01";

test("createOrder refuses text that the database cannot store", async () => {
  const anna = await as(world, "anna");
  const address = { recipient: "Anna", addressLines: ["Street 1"], locality: "Bonn", regionCode: "DE" };
  const bad = [
    { note: "a\0b" },
    { idempotencyKey: "a\0b" },
    { shippingAddress: { ...address, recipient: "a\0b" } },
    { shippingAddress: { ...address, addressLines: ["a\0b"] } },
    { shippingAddress: { ...address, postalCode: "a\0b" } },
    { shippingAddress: { ...address, locality: "a\0b" } },
  ];
  for (const part of bad) expect(await refusal(orders.client.createOrder({ lines, ...part }, anna))).toBe(INVALID);
  expect(await refusal(orders.client.cancelOrder({ orderId, reason: "a\0b" }, anna))).toBe(INVALID);
  expect(await refusal(orders.client.createOrder({ lines, note: "ring twice,\n\tplease ☃" }, anna))).toBe("OK");
});

test("listOrders refuses times that do not exist, and a range that ends before it begins", async () => {
  const anna = await as(world, "anna");
  const at = (seconds: bigint) => ({ seconds, nanos: 0 });
  const bad = [
    { createdFrom: at(2n ** 62n) },
    { createdBefore: at(-(2n ** 62n)) },
    { createdFrom: at(2n ** 62n), createdBefore: at(2n ** 63n - 1n) },
    { createdFrom: at(20n), createdBefore: at(10n) },
    { createdFrom: at(10n), createdBefore: at(10n) },
  ];
  for (const range of bad) {
    expect(await refusal(orders.client.listOrders(range, anna))).toBe(INVALID);
  }
  expect(await refusal(orders.client.listOrders({ createdFrom: at(10n), createdBefore: at(20n) }, anna))).toBe("OK");
});

test("updateOrder refuses a status that is none, and a SKU that appears twice", async () => {
  const station = await as(world, "station", "orders:fulfil");
  const update = (order: object, ...paths: string[]) =>
    refusal(
      orders.client.updateOrder({ order: { orderId, ...order }, updateMask: { paths }, allowMissing: true }, station),
    );
  expect(await update({ lines }, "lines", "status")).toBe(INVALID);
  expect(await update({ lines: [...lines, ...lines] }, "lines")).toBe(INVALID);
});
