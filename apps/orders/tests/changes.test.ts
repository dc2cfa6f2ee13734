import { ReservationState } from "@polywire/contract/polywire/inventory/v1/inventory_service";
import { OrderEventType, OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import { rpcError } from "@polywire/rpc";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { refusal } from "./support/expect-error.ts";
import { as, type RunningOrders, startWorld, type World } from "./support/world.ts";

let world: World;
let orders: RunningOrders;

beforeAll(async () => {
  world = await startWorld();
  orders = await world.orders(await world.freshDatabase());
});

afterEach(() => {
  world.standIns.before = () => undefined;
  world.standIns.reservations.clear();
});

afterAll(async () => {
  await orders?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const lines = [{ sku: "SKU-00001", quantity: 2 }];
const { CREATED, UPDATED, STATUS_CHANGED, CANCELLED } = OrderEventType;

async function place(customer: string): Promise<string> {
  const { order } = await orders.client.createOrder({ lines }, await as(world, customer));
  return order?.orderId ?? "";
}

async function placeConfirmed(customer: string): Promise<string> {
  const orderId = await place(customer);
  await reaches(orderId, OrderStatus.CONFIRMED);
  return orderId;
}

async function reaches(orderId: string, status: OrderStatus): Promise<void> {
  const station = await as(world, "station", "orders:fulfil");
  const check = async () => {
    const { order } = await orders.client.getOrder({ orderId }, station);
    expect(order?.status).toBe(status);
  };
  await vi.waitFor(check, { timeout: 10_000 });
}

async function history(orderId: string): Promise<OrderEventType[]> {
  const station = await as(world, "station", "orders:fulfil");
  const { events } = await orders.client.listOrderEvents({ orderId }, station);
  return events.map(({ type }) => type);
}

test("updateOrder changes the masked fields only and counts the version; the same again changes nothing", async () => {
  const anna = await as(world, "anna");
  const orderId = await placeConfirmed("anna");
  const shippingAddress = { recipient: "A", addressLines: ["1"], locality: "Bonn", regionCode: "DE" };
  const request = { order: { orderId, note: "new", shippingAddress }, updateMask: { paths: ["note"] } };
  const { order } = await orders.client.updateOrder(request, anna);
  expect(order).toMatchObject({ note: "new", version: 3n });
  expect(order?.shippingAddress).toBeUndefined();
  expect((await orders.client.updateOrder(request, anna)).order?.version).toBe(3n);
  await vi.waitFor(async () => expect(await history(orderId)).toEqual([CREATED, STATUS_CHANGED, UPDATED]));
});

test("updateOrder lets one of two concurrent writers with the same version through; the other is ABORTED", async () => {
  const anna = await as(world, "anna");
  const orderId = await placeConfirmed("anna");
  const write = (note: string) =>
    refusal(
      orders.client.updateOrder({ order: { orderId, note, version: 2n }, updateMask: { paths: ["note"] } }, anna),
    );
  expect((await Promise.all([write("a"), write("b")])).sort()).toEqual(["ABORTED VERSION_MISMATCH", "OK"]);
});

test("updateOrder moves the status with the scope orders:fulfil only, and only along the machine", async () => {
  const station = await as(world, "station", "orders:fulfil");
  const orderId = await placeConfirmed("anna");
  const move = async (status: OrderStatus, caller = station) =>
    refusal(orders.client.updateOrder({ order: { orderId, status }, updateMask: { paths: ["status"] } }, caller));
  expect(await move(OrderStatus.PACKED, await as(world, "anna"))).toBe("PERMISSION_DENIED SCOPE_REQUIRED");
  expect(await move(OrderStatus.SHIPPED)).toBe("FAILED_PRECONDITION ILLEGAL_STATUS_CHANGE");
  expect(await move(OrderStatus.PACKED)).toBe("OK");
  expect(await move(OrderStatus.PACKED)).toBe("OK");
  expect(await move(OrderStatus.SHIPPED)).toBe("OK");
  const anna = await as(world, "anna");
  expect(await refusal(orders.client.cancelOrder({ orderId }, anna))).toBe("FAILED_PRECONDITION ILLEGAL_STATUS_CHANGE");
  expect(await move(OrderStatus.DELIVERED)).toBe("OK");
});

test("updateOrder of somebody else's order is NOT_FOUND", async () => {
  const orderId = await place("anna");
  const request = { order: { orderId, note: "x" }, updateMask: { paths: ["note"] } };
  expect(await refusal(orders.client.updateOrder(request, await as(world, "bert")))).toBe("NOT_FOUND ORDER_NOT_FOUND");
});

test("updateOrder with allow_missing places the order under the given id, once", async () => {
  const anna = await as(world, "anna");
  const orderId = crypto.randomUUID();
  const request = {
    order: { orderId, lines, note: "mine" },
    updateMask: { paths: ["lines", "note"] },
    allowMissing: true,
  };
  const answers = await Promise.all(Array.from({ length: 5 }, () => orders.client.updateOrder(request, anna)));
  for (const { order } of answers) expect(order).toMatchObject({ orderId, customerId: "anna", note: "mine" });
  await vi.waitFor(() => {
    const states = [...world.standIns.reservations.values()].map(({ state }) => state);
    expect(states.filter((state) => state === ReservationState.CONFIRMED)).toHaveLength(1);
    expect(states.filter((state) => state === ReservationState.HELD)).toHaveLength(0);
  });
  const other = { ...request, order: { ...request.order, lines: [{ sku: "SKU-00002", quantity: 1 }] } };
  expect(await refusal(orders.client.updateOrder(other, anna))).toBe("INVALID_ARGUMENT VALIDATION_FAILED");
  expect(await refusal(orders.client.updateOrder(request, await as(world, "bert")))).toBe("NOT_FOUND ORDER_NOT_FOUND");
});

test("cancelOrder releases the stock, and answers a cancelled order unchanged", async () => {
  const anna = await as(world, "anna");
  const orderId = await placeConfirmed("anna");
  const { order } = await orders.client.cancelOrder({ orderId, version: 2n, reason: "changed my mind" }, anna);
  expect(order).toMatchObject({ status: OrderStatus.CANCELLED, cancelReason: "changed my mind", version: 3n });
  const again = await orders.client.cancelOrder({ orderId, version: 2n, reason: "other" }, anna);
  expect(again.order).toEqual(order);
  await vi.waitFor(() => {
    expect([...world.standIns.reservations.values()].map(({ state }) => state)).toEqual([ReservationState.RELEASED]);
  });
  expect(world.standIns.authorization.get("releaseReservation")).toMatch(/^Bearer /);
});

test("cancelOrder refuses a stale version and a foreign order", async () => {
  const orderId = await placeConfirmed("anna");
  const stale = orders.client.cancelOrder({ orderId, version: 1n }, await as(world, "anna"));
  expect(await refusal(stale)).toBe("ABORTED VERSION_MISMATCH");
  const foreign = orders.client.cancelOrder({ orderId }, await as(world, "bert"));
  expect(await refusal(foreign)).toBe("NOT_FOUND ORDER_NOT_FOUND");
});

test("stock tasks keep trying while inventory fails, and cancel the order when the stock is lost for good", async () => {
  let failures = 2;
  world.standIns.before = (method) => {
    if (method !== "confirmReservation" || failures === 0) return;
    failures -= 1;
    throw rpcError("UPSTREAM_UNAVAILABLE", "not now");
  };
  const patient = await place("anna");
  await reaches(patient, OrderStatus.CONFIRMED);
  expect(failures).toBe(0);

  world.standIns.before = (method) => {
    if (method === "confirmReservation") throw rpcError("RESERVATION_EXPIRED", "it has run out");
  };
  const unlucky = await place("anna");
  await reaches(unlucky, OrderStatus.CANCELLED);
  await vi.waitFor(async () => expect(await history(unlucky)).toEqual([CREATED, CANCELLED]));
});

test("deleteOrder takes cancelled orders only; their history stays readable", async () => {
  const anna = await as(world, "anna");
  const orderId = await placeConfirmed("anna");
  expect(await refusal(orders.client.deleteOrder({ orderId }, anna))).toBe("FAILED_PRECONDITION ILLEGAL_STATUS_CHANGE");
  await orders.client.cancelOrder({ orderId }, anna);
  expect(await refusal(orders.client.deleteOrder({ orderId, version: 1n }, anna))).toBe("ABORTED VERSION_MISMATCH");
  expect(await refusal(orders.client.deleteOrder({ orderId }, await as(world, "bert")))).toBe(
    "NOT_FOUND ORDER_NOT_FOUND",
  );
  expect(await refusal(orders.client.deleteOrder({ orderId, version: 3n }, anna))).toBe("OK");
  expect(await refusal(orders.client.deleteOrder({ orderId }, anna))).toBe("NOT_FOUND ORDER_NOT_FOUND");
  expect(await refusal(orders.client.deleteOrder({ orderId, allowMissing: true }, anna))).toBe("OK");
  await vi.waitFor(async () => expect(await history(orderId)).toHaveLength(4));
  const page = await orders.client.listOrderEvents({ orderId, pageSize: 3 }, anna);
  const rest = await orders.client.listOrderEvents({ orderId, pageToken: page.nextPageToken }, anna);
  expect([...page.events, ...rest.events].map(({ type }) => type).at(-1)).toBe(OrderEventType.DELETED);
  const foreign = orders.client.listOrderEvents({ orderId }, await as(world, "bert"));
  expect(await refusal(foreign)).toBe("NOT_FOUND ORDER_NOT_FOUND");
});

test("updateOrder never places an order under an id that was somebody else's", async () => {
  const [anna, bert] = await Promise.all([as(world, "anna"), as(world, "bert")]);
  const orderId = await placeConfirmed("anna");
  await orders.client.cancelOrder({ orderId }, anna);
  await orders.client.deleteOrder({ orderId }, anna);
  const request = { order: { orderId, lines }, updateMask: { paths: ["lines"] }, allowMissing: true };
  expect(await refusal(orders.client.updateOrder(request, bert))).toBe("NOT_FOUND ORDER_NOT_FOUND");
  await vi.waitFor(() => {
    expect([...world.standIns.reservations.values()].map(({ state }) => state)).toEqual([
      ReservationState.RELEASED,
      ReservationState.RELEASED,
    ]);
  });
  expect(await refusal(orders.client.updateOrder(request, anna))).toBe("OK");
});
