import { OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
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

test("createOrder stores what getOrder reads, priced by pricing and owned by the token's subject", async () => {
  const anna = await as(world, "anna");
  const lines = [{ sku: "SKU-00001", quantity: 3 }];
  const address = { recipient: "Anna", addressLines: ["Street 1"], locality: "Bonn", regionCode: "DE" };
  const request = { lines, note: "söon", shippingAddress: address, currencyCode: "USD" };
  const { order } = await orders.client.createOrder(request, anna);
  expect(order).toMatchObject({ customerId: "anna", status: OrderStatus.PENDING, version: 1n, note: "söon" });
  expect(order?.total).toMatchObject({ minorUnits: 750n, currencyCode: "USD" });
  expect(order?.shippingAddress).toMatchObject({ recipient: "Anna", postalCode: "", regionCode: "DE" });
  await vi.waitFor(async () => {
    const { order: read } = await orders.client.getOrder({ orderId: order?.orderId ?? "" }, anna);
    expect(read).toMatchObject({ status: OrderStatus.CONFIRMED, version: 2n });
    expect({ ...read, status: 0, version: 0n, updateTime: 0 }).toEqual({
      ...order,
      status: 0,
      version: 0n,
      updateTime: 0,
    });
  });
});

test("getOrder answers NOT_FOUND for an order that is missing or somebody else's", async () => {
  const anna = await as(world, "anna");
  const { order } = await orders.client.createOrder({ lines: [{ sku: "SKU-00001", quantity: 1 }] }, anna);
  const orderId = order?.orderId ?? "";
  expect(await refusal(orders.client.getOrder({ orderId }, await as(world, "bert")))).toBe("NOT_FOUND ORDER_NOT_FOUND");
  expect(await refusal(orders.client.getOrder({ orderId }, await as(world, "station", "orders:fulfil")))).toBe("OK");
  expect(await refusal(orders.client.getOrder({ orderId: crypto.randomUUID() }, anna))).toBe(
    "NOT_FOUND ORDER_NOT_FOUND",
  );
});
