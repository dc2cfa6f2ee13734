import { toBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { ReservationState } from "@polywire/contract/polywire/inventory/v1/inventory_service";
import { CreateOrderResponseSchema, OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import { rpcError } from "@polywire/rpc";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { refusal } from "./support/expect-error.ts";
import { startOrdersProcess } from "./support/orders-process.ts";
import { as, type RunningOrders, startWorld, type World } from "./support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterEach(() => {
  world.standIns.before = () => undefined;
  world.standIns.afterReserve = () => undefined;
  world.standIns.reservations.clear();
});

afterAll(() => world?.[Symbol.asyncDispose]());

const lines = [{ sku: "SKU-00001", quantity: 2 }];

async function countOrders({ sql }: RunningOrders): Promise<number> {
  return Number((await sql.query("SELECT count(*) FROM orders")).rows[0].count);
}

interface Gate {
  arrived: Promise<void>;
  release: () => void;
}

/** Blocks the first calls of a method, each at a gate of its own. */
function blockFirst(method: string, count: number): Gate[] {
  const gates = Array.from({ length: count }, () => ({
    arrived: Promise.withResolvers<void>(),
    released: Promise.withResolvers<void>(),
  }));
  let calls = 0;
  world.standIns.before = async (called) => {
    if (called !== method) return;
    const gate = gates[calls++];
    gate?.arrived.resolve();
    await gate?.released.promise;
  };
  return gates.map(({ arrived, released }) => ({ arrived: arrived.promise, release: released.resolve }));
}

const IN_PROGRESS = "ABORTED IDEMPOTENCY_KEY_IN_PROGRESS";

/** The states of all reservations. */
const stock = (): ReservationState[] => [...world.standIns.reservations.values()].map(({ state }) => state);

test("createOrder makes one order of 50 concurrent calls with the same key; the rest get its reply or ABORTED", async () => {
  await using orders = await world.orders(await world.freshDatabase());
  const anna = await as(world, "anna");
  const request = { lines, idempotencyKey: "fifty" };
  const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => orders.client.createOrder(request, anna)));
  const ids = new Set(outcomes.flatMap((each) => (each.status === "fulfilled" ? [each.value.order?.orderId] : [])));
  expect(ids.size).toBe(1);
  for (const each of outcomes) {
    if (each.status === "rejected") {
      expect(await refusal(Promise.reject(each.reason))).toBe(IN_PROGRESS);
    }
  }
  expect(await countOrders(orders)).toBe(1);
  expect(world.standIns.reservations.size).toBe(1);
});

test("createOrder answers a repeat with the first reply byte for byte, although the order has changed since", async () => {
  await using orders = await world.orders(await world.freshDatabase());
  const anna = await as(world, "anna");
  const request = { lines, note: "again", idempotencyKey: "repeat" };
  const first = await orders.client.createOrder(request, anna);
  await orders.client.cancelOrder({ orderId: first.order?.orderId ?? "" }, anna);
  const second = await orders.client.createOrder(request, anna);
  expect(toBinary(CreateOrderResponseSchema, second)).toEqual(toBinary(CreateOrderResponseSchema, first));
  const withPrices = { ...request, lines: [{ ...lines[0], unitPrice: { minorUnits: 1n, currencyCode: "EUR" } }] };
  expect((await orders.client.createOrder(withPrices, anna)).order?.orderId).toBe(first.order?.orderId);
});

test("createOrder refuses the key with another body, and keeps the keys of customers apart", async () => {
  await using orders = await world.orders(await world.freshDatabase());
  const anna = await as(world, "anna");
  await orders.client.createOrder({ lines, idempotencyKey: "k" }, anna);
  const other = orders.client.createOrder({ lines, note: "other", idempotencyKey: "k" }, anna);
  expect(await refusal(other)).toBe("ALREADY_EXISTS IDEMPOTENCY_KEY_REUSED");
  expect(await refusal(orders.client.createOrder({ lines, idempotencyKey: "k" }, await as(world, "bert")))).toBe("OK");
});

test("createOrder frees the key when it fails, so that a repeat runs with stock of its own", async () => {
  await using orders = await world.orders(await world.freshDatabase());
  const anna = await as(world, "anna");
  const unknown = { lines: [{ sku: "NO-SUCH-SKU", quantity: 1 }], idempotencyKey: "u" };
  expect(await refusal(orders.client.createOrder(unknown, anna))).toBe("NOT_FOUND UNKNOWN_SKU");
  expect(await refusal(orders.client.createOrder(unknown, anna))).toBe("NOT_FOUND UNKNOWN_SKU");

  world.standIns.afterReserve = () => {
    throw rpcError("OUT_OF_STOCK", "the stock does not suffice");
  };
  const request = { lines, idempotencyKey: "r" };
  expect(await refusal(orders.client.createOrder(request, anna))).toBe("FAILED_PRECONDITION OUT_OF_STOCK");
  const [failed] = world.standIns.reservations.values();
  expect(failed?.state).toBe(ReservationState.RELEASED);
  world.standIns.afterReserve = () => undefined;
  expect(await refusal(orders.client.createOrder(request, anna))).toBe("OK");
});

test("createOrder frees the key and releases the stock when its caller leaves", async () => {
  await using orders = await world.orders(await world.freshDatabase());
  const anna = await as(world, "anna");
  const caller = new AbortController();
  const request = { lines, idempotencyKey: "gone" };
  world.standIns.afterReserve = () => {
    caller.abort();
    return new Promise((resolve) => setTimeout(resolve, 50));
  };
  const call = orders.client.createOrder(request, { ...anna, signal: caller.signal });
  expect(await refusal(call)).toMatch(/^CANCELED/);
  await vi.waitFor(() => {
    const [held] = world.standIns.reservations.values();
    expect(held?.state).toBe(ReservationState.RELEASED);
  });
  world.standIns.afterReserve = () => undefined;
  expect(await refusal(orders.client.createOrder(request, anna))).toBe("OK");
  expect(await countOrders(orders)).toBe(1);
});

test("createOrder of a holder that crashed is taken over when the lease ends, with the stock held once", async () => {
  const database = await world.freshDatabase();
  const environment = { POLYWIRE_CLAIM_LEASE_MS: "1500" };
  await using orders = await world.orders(database, environment);
  const anna = await as(world, "anna");
  const request = { lines, idempotencyKey: "crash" };
  await using doomed = await startOrdersProcess({
    ...world.environment(database),
    ...environment,
    POLYWIRE_LOG_LEVEL: "info",
  });
  const transport = createGrpcTransport({ address: String(doomed.addresses.grpc) });
  const reserved = Promise.withResolvers<void>();
  world.standIns.afterReserve = () => {
    world.standIns.afterReserve = () => undefined;
    reserved.resolve();
    return new Promise(() => undefined);
  };
  const lost = refusal(createClient(OrderService, transport).createOrder(request, anna));
  await reserved.promise;
  await doomed.crash();
  expect(await lost).toMatch(/^UNAVAILABLE/);
  transport.close();

  expect(await refusal(orders.client.createOrder(request, anna))).toBe(IN_PROGRESS);
  await vi.waitFor(async () => expect(await refusal(orders.client.createOrder(request, anna))).toBe("OK"), {
    timeout: 5000,
  });
  expect(await countOrders(orders)).toBe(1);
  const [held, ...more] = world.standIns.reservations.values();
  expect(more).toEqual([]);
  expect(held?.state).not.toBe(ReservationState.RELEASED);
});

test("createOrder of a holder that was too slow stores nothing and leaves its successor's stock alone", async () => {
  await using orders = await world.orders(await world.freshDatabase(), { POLYWIRE_CLAIM_LEASE_MS: "100" });
  const anna = await as(world, "anna");
  const request = { lines, idempotencyKey: "slow" };
  const [gate] = blockFirst("reserve", 1);
  const slow = refusal(orders.client.createOrder(request, anna));
  await gate?.arrived;
  await vi.waitFor(async () => expect(await refusal(orders.client.createOrder(request, anna))).toBe("OK"));
  gate?.release();
  expect(await slow).toBe(IN_PROGRESS);
  expect(await countOrders(orders)).toBe(1);
  expect(stock()).toHaveLength(1);
  expect(stock()).not.toContain(ReservationState.RELEASED);
});

test("createOrder of a holder that was taken over loses even when it is done first", async () => {
  await using orders = await world.orders(await world.freshDatabase(), { POLYWIRE_CLAIM_LEASE_MS: "100" });
  const anna = await as(world, "anna");
  const request = { lines, idempotencyKey: "race" };
  const [first, second] = blockFirst("reserve", 2);
  const slow = refusal(orders.client.createOrder(request, anna));
  await first?.arrived;
  // In turn, until the lease has ended and one gets as far as the second gate.
  let successor = refusal(orders.client.createOrder(request, anna));
  while ((await Promise.race([successor, second?.arrived])) === IN_PROGRESS) {
    successor = refusal(orders.client.createOrder(request, anna));
  }
  first?.release();
  expect(await slow).toBe(IN_PROGRESS);
  expect(await countOrders(orders)).toBe(0);
  second?.release();
  expect(await successor).toBe("OK");
  expect(await countOrders(orders)).toBe(1);
  expect(stock()).toHaveLength(1);
  expect(stock()).not.toContain(ReservationState.RELEASED);
});

test("createOrder holds no connection to Postgres while it waits for other services", async () => {
  await using orders = await world.orders(await world.freshDatabase());
  const anna = await as(world, "anna");
  const waiting = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let count = 0;
  world.standIns.before = async (method) => {
    if (method !== "quoteOrder") return;
    count += 1;
    if (count === 30) waiting.resolve();
    await gate.promise;
  };
  // Three times as many calls as the pool has connections.
  const calls = Array.from({ length: 30 }, (_, index) =>
    refusal(orders.client.createOrder({ lines, idempotencyKey: `c${index}` }, anna)),
  );
  await waiting.promise;
  expect(await refusal(orders.client.listOrders({}, anna))).toBe("OK");
  gate.resolve();
  expect(new Set(await Promise.all(calls))).toEqual(new Set(["OK"]));
});
