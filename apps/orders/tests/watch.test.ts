import type { CallOptions } from "@connectrpc/connect";
import { OrderEventType } from "@polywire/contract/polywire/orders/v1/order";
import type { WatchOrdersResponse } from "@polywire/contract/polywire/orders/v1/order_service";
import { type Cursor, Recovery } from "@polywire/contract/polywire/type/v1/cursor";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { refusal } from "./support/expect-error.ts";
import { readStream } from "./support/stream.ts";
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

const lines = [{ sku: "SKU-00001", quantity: 1 }];

type Request = { cursor?: Cursor; orderIds?: string[] };

const watch = (caller: CallOptions, request: Request = {}) =>
  readStream((signal) => orders.client.watchOrders(request, { ...caller, signal }));

const isEvent = ({ message }: WatchOrdersResponse) => message.case === "event";

function eventOf({ message }: WatchOrdersResponse) {
  if (message.case !== "event") throw new Error(`expected an event, got ${message.case}`);
  return message.value;
}

function startOf({ message }: WatchOrdersResponse) {
  if (message.case !== "started") throw new Error(`expected the start, got ${message.case}`);
  return message.value;
}

test("watchOrders delivers the caller's events live, in order, and nobody else's", async () => {
  const anna = await as(world, "anna-live");
  await using stream = watch(anna);
  expect(startOf(await stream.next()).recovery).toBe(Recovery.LIVE);
  await orders.client.createOrder({ lines }, await as(world, "bert-live"));
  const { order } = await orders.client.createOrder({ lines }, anna);
  const first = eventOf(await stream.find(isEvent));
  const second = eventOf(await stream.find(isEvent));
  expect(first).toMatchObject({ type: OrderEventType.CREATED, order: { orderId: order?.orderId, version: 1n } });
  expect(second).toMatchObject({
    type: OrderEventType.STATUS_CHANGED,
    order: { orderId: order?.orderId, version: 2n },
  });
  expect(second.cursor?.offset).toBeGreaterThan(first.cursor?.offset ?? 0n);
});

test("watchOrders with order ids leaves out the caller's other orders", async () => {
  const anna = await as(world, "anna-ids");
  const { order } = await orders.client.createOrder({ lines }, anna);
  const orderId = order?.orderId ?? "";
  await using stream = watch(anna, { orderIds: [orderId.toUpperCase()] });
  await stream.next();
  await orders.client.createOrder({ lines }, anna);
  await orders.client.cancelOrder({ orderId }, anna);
  const seen = await stream.find((message) => isEvent(message) && eventOf(message).type === OrderEventType.CANCELLED);
  expect(eventOf(seen).order?.orderId).toBe(orderId);
});

test("watchOrders resumes after its cursor with every event since, and says recovered", async () => {
  const anna = await as(world, "anna-resume");
  let cursor: Cursor | undefined;
  {
    await using stream = watch(anna);
    await stream.next();
    await orders.client.createOrder({ lines }, anna);
    cursor = eventOf(await stream.find(isEvent)).cursor;
  }
  const missed = [];
  for (let count = 0; count < 3; count += 1) {
    missed.push((await orders.client.createOrder({ lines }, anna)).order?.orderId);
  }
  await using stream = watch(anna, cursor ? { cursor } : {});
  expect(startOf(await stream.next())).toMatchObject({ recovery: Recovery.RECOVERED, cursor });
  const created = [];
  while (created.length < 3) {
    const event = eventOf(await stream.find(isEvent));
    if (event.type === OrderEventType.CREATED) created.push(event.order?.orderId);
  }
  expect(created).toEqual(missed);
});

test("watchOrders answers epoch_changed for a cursor of another numbering, and one beyond the head", async () => {
  const anna = await as(world, "anna-epoch");
  const { head } = await orders.events.getLogBounds({}, await as(world, "node", "events:read"));
  for (const cursor of [
    { epoch: "another", offset: 0n },
    { epoch: head?.epoch ?? "", offset: (head?.offset ?? 0n) + 1000n },
  ]) {
    await using stream = readStream((signal) => orders.client.watchOrders({ cursor }, { ...anna, signal }));
    expect(startOf(await stream.next()).recovery).toBe(Recovery.EPOCH_CHANGED);
  }
});

test("watchOrders answers gap when the events after its cursor are no longer kept", async () => {
  const anna = await as(world, "anna-gap");
  const node = await as(world, "node", "events:read");
  await orders.client.createOrder({ lines }, anna);
  const pending = "SELECT FROM outbox WHERE log_offset IS NULL OR stock_task IS NOT NULL";
  await vi.waitFor(async () => expect((await orders.sql.query(pending)).rowCount).toBe(0), { timeout: 5000 });
  const { head } = await orders.events.getLogBounds({}, node);
  await orders.sql.query("DELETE FROM outbox WHERE log_offset < $1", [head?.offset]);
  await using stream = readStream((signal) =>
    orders.client.watchOrders({ cursor: { epoch: head?.epoch ?? "", offset: 0n } }, { ...anna, signal }),
  );
  const started = startOf(await stream.next());
  expect(started).toMatchObject({ recovery: Recovery.GAP, cursor: { offset: (head?.offset ?? 0n) - 1n } });
  expect(eventOf(await stream.find(isEvent)).cursor?.offset).toBe(head?.offset);
});

test("readLog streams everybody's events contiguously with the scope events:read, and stops at the limit", async () => {
  const anna = await as(world, "anna-log");
  const node = await as(world, "node", "events:read");
  const open = (caller: CallOptions) => orders.events.readLog({ limit: 1 }, caller)[Symbol.asyncIterator]().next();
  expect(await refusal(open(anna))).toBe("PERMISSION_DENIED SCOPE_REQUIRED");
  const { head } = await orders.events.getLogBounds({}, node);
  for (let count = 0; count < 4; count += 1) await orders.client.createOrder({ lines }, anna);
  const offsets = [];
  for await (const { message } of orders.events.readLog({ ...(head && { cursor: head }), limit: 8 }, node)) {
    if (message.case === "event") offsets.push(Number((message.value.cursor?.offset ?? 0n) - (head?.offset ?? 0n)));
  }
  expect(offsets).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("watchOrders tells a quiet reader where the log ends", { timeout: 20_000 }, async () => {
  await using stream = watch(await as(world, "anna-quiet"));
  const { cursor } = startOf(await stream.next());
  const { message } = await stream.find(({ message: each }) => each.case === "heartbeat");
  expect(message.value).toMatchObject({ epoch: cursor?.epoch });
});

test("App.close ends watches with UNAVAILABLE DRAINING and lets calls in flight finish", async () => {
  const doomed = await world.orders(await world.freshDatabase());
  const anna = await as(world, "anna-drain");
  const stream = readStream((signal) => doomed.client.watchOrders({}, { ...anna, signal }));
  await stream.next();
  const arrived = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  world.standIns.before = async (method) => {
    if (method !== "quoteOrder") return;
    arrived.resolve();
    await gate.promise;
  };
  const call = refusal(doomed.client.createOrder({ lines }, anna));
  await arrived.promise;
  const closed = doomed.app.close();
  expect(await refusal(stream.find(() => false))).toBe("UNAVAILABLE DRAINING");
  gate.resolve();
  world.standIns.before = () => undefined;
  expect(await call).toBe("OK");
  await closed;
  await doomed[Symbol.asyncDispose]();
});
