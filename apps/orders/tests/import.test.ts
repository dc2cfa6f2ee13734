import { type CallOptions, createClient } from "@connectrpc/connect";
import { ReservationState } from "@polywire/contract/polywire/inventory/v1/inventory_service";
import { OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import { type ImportOrdersResponse, OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import { rpcError } from "@polywire/rpc";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { refusal } from "./support/expect-error.ts";
import { connectTransports } from "./support/transports.ts";
import { as, type RunningOrders, startWorld, type World } from "./support/world.ts";

let world: World;
let orders: RunningOrders;

beforeAll(async () => {
  world = await startWorld();
  orders = await world.orders(await world.freshDatabase());
});

afterEach(() => {
  world.standIns.before = () => undefined;
});

afterAll(async () => {
  await orders?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

type Client = RunningOrders["client"];
type Requests = Parameters<Client["importOrders"]>[0];
type Line = Requests extends AsyncIterable<infer T> ? T : never;

const lines = [{ sku: "SKU-00001", quantity: 2 }];

async function* streamOf(all: Iterable<Line>): AsyncGenerator<Line> {
  yield* all;
}

/** Lines with the keys `<name>-1` to `<name>-<count>`. */
const keyed = (name: string, count: number): Line[] =>
  Array.from({ length: count }, (_, index) => ({
    lineNumber: BigInt(index + 1),
    order: { lines, note: name, idempotencyKey: `${name}-${index + 1}` },
  }));

const counts = ({ storedOrders, repeatedOrders, refusedLines }: ImportOrdersResponse): number[] =>
  [storedOrders, repeatedOrders, refusedLines].map(Number);

async function storedBy(customer: string): Promise<number> {
  const { rows } = await orders.sql.query("SELECT count(*)::int AS stored FROM orders WHERE customer_id = $1", [
    customer,
  ]);
  return rows[0].stored;
}

/** A stream whose end the test decides on. */
function endless(all: Iterable<Line>) {
  const end = Promise.withResolvers<void>();
  let taken = 0;
  async function* requests(): AsyncGenerator<Line> {
    for (const line of all) {
      taken += 1;
      yield line;
    }
    await end.promise;
  }
  return { requests: requests(), end: () => end.resolve(), taken: () => taken };
}

test("importOrders stores valid lines with the prices of pricing, and their stock is taken afterwards", async () => {
  const anna = await as(world, "anna");
  const shippingAddress = { recipient: 'A "b\\', addressLines: ["1", "2"], locality: "Bonn", regionCode: "DE" };
  const all: Line[] = [
    { lineNumber: 1n, order: { lines, note: 'grüße, {"\\ 🙂' } },
    {
      lineNumber: 2n,
      order: { lines: [...lines, { sku: "SKU-00002", quantity: 3 }], currencyCode: "USD", shippingAddress },
    },
  ];
  expect(counts(await orders.client.importOrders(streamOf(all), anna))).toEqual([2, 0, 0]);
  const isConfirmed = async () => {
    const page = await orders.client.listOrders({ statuses: [OrderStatus.CONFIRMED] }, anna);
    expect(page.orders).toHaveLength(2);
    return page.orders;
  };
  const stored = await vi.waitFor(isConfirmed, { timeout: 5000 });
  const [euro, dollar] = stored.sort((a, b) => a.lines.length - b.lines.length);
  expect(euro).toMatchObject({ customerId: "anna", note: 'grüße, {"\\ 🙂', version: 2n });
  expect(euro?.total).toMatchObject({ minorUnits: 500n, currencyCode: "EUR" });
  expect(dollar).toMatchObject({ shippingAddress, total: { minorUnits: 1250n, currencyCode: "USD" } });
  expect(dollar?.lines[1]).toMatchObject({
    sku: "SKU-00002",
    quantity: 3,
    unitPrice: { minorUnits: 250n },
    lineTotal: { minorUnits: 750n },
  });
  const { events } = await orders.client.listOrderEvents({ orderId: dollar?.orderId ?? "" }, anna);
  expect(events[0]?.order).toMatchObject({
    version: 1n,
    createTime: dollar?.createTime,
    total: dollar?.total,
    shippingAddress,
  });
  const states = [...world.standIns.reservations.values()].map(({ state }) => state);
  expect(states).toEqual([ReservationState.CONFIRMED, ReservationState.CONFIRMED]);
});

test("an imported order is cancelled when its stock does not suffice", async () => {
  const anna = await as(world, "anna-stock");
  world.standIns.before = (method) => {
    if (method === "reserve") throw rpcError("OUT_OF_STOCK", "too few");
  };
  await orders.client.importOrders(streamOf(keyed("o", 1)), anna);
  const isCancelled = async () => {
    const [order] = (await orders.client.listOrders({}, anna)).orders;
    expect(order).toMatchObject({ status: OrderStatus.CANCELLED, cancelReason: "the stock could not be confirmed" });
  };
  await vi.waitFor(isCancelled, { timeout: 20_000 });
});

test("importOrders refuses what is wrong line by line and goes on", async () => {
  const anna = await as(world, "anna-refused");
  const all: Line[] = [
    { lineNumber: 7n },
    {
      lineNumber: 8n,
      order: {
        lines: [
          { sku: "SKU-00001", quantity: 0 },
          { sku: "low", quantity: 1 },
        ],
      },
    },
    { lineNumber: 9n, order: { lines: [...lines, { sku: "NO-SUCH-SKU", quantity: 1 }] } },
    { lineNumber: 10n, order: { lines } },
  ];
  const summary = await orders.client.importOrders(streamOf(all), anna);
  expect(counts(summary)).toEqual([1, 0, 3]);
  expect(summary.errors.map(({ lineNumber, code, reason }) => [Number(lineNumber), code, reason]).sort()).toEqual([
    [7, "INVALID_ARGUMENT", "VALIDATION_FAILED"],
    [8, "INVALID_ARGUMENT", "VALIDATION_FAILED"],
    [9, "NOT_FOUND", "UNKNOWN_SKU"],
  ]);
  const violations = summary.errors.flatMap(({ fieldViolations }) =>
    fieldViolations.map(({ field, reason }) => [field, reason]),
  );
  expect(violations).toEqual([
    ["order", "required"],
    ["order.lines[0].quantity", "int32.gte_lte"],
    ["order.lines[1].sku", "string.pattern"],
  ]);
  expect(await storedBy("anna-refused")).toBe(1);
});

test("importOrders lists 1,000 refused lines and counts them all", async () => {
  const all = Array.from({ length: 2500 }, (_, index) => ({ lineNumber: BigInt(index + 1), order: {} }));
  const summary = await orders.client.importOrders(streamOf(all), await as(world, "anna-bad"));
  expect(counts(summary)).toEqual([0, 0, 2500]);
  expect(summary.errors).toHaveLength(1000);
});

test("importOrders of a line number below 1 breaks the contract and ends the call", async () => {
  const call = orders.client.importOrders(streamOf([{ lineNumber: 0n, order: { lines } }]), await as(world, "anna"));
  expect(await refusal(call)).toBe("INVALID_ARGUMENT VALIDATION_FAILED");
});

test("importOrders stores each idempotency key once, in one import, in the next, and together with createOrder", async () => {
  const anna = await as(world, "anna-keys");
  const { order } = await orders.client.createOrder({ lines, note: "k", idempotencyKey: "k-1" }, anna);
  const all = keyed("k", 4);
  const other: Line = { lineNumber: 5n, order: { lines, note: "other", idempotencyKey: "k-4" } };
  const first = await orders.client.importOrders(streamOf([...all, ...all.slice(2), other]), anna);
  expect(counts(first)).toEqual([3, 3, 1]);
  expect(first.errors).toMatchObject([{ lineNumber: 5n, code: "ALREADY_EXISTS", reason: "IDEMPOTENCY_KEY_REUSED" }]);
  expect(counts(await orders.client.importOrders(streamOf(all), anna))).toEqual([0, 4, 0]);
  const again = await orders.client.createOrder({ lines, note: "k", idempotencyKey: "k-1" }, anna);
  expect(again.order?.orderId).toBe(order?.orderId);
  const imported = await orders.client.createOrder({ lines, note: "k", idempotencyKey: "k-2" }, anna);
  const { order: read } = await orders.client.getOrder({ orderId: imported.order?.orderId ?? "" }, anna);
  expect(imported.order).toMatchObject({
    status: OrderStatus.PENDING,
    version: 1n,
    createTime: read?.createTime,
    lines: read?.lines,
  });
  expect(await storedBy("anna-keys")).toBe(4);
});

test("importOrders lets two imports of the same keys in opposite order wait for one another, not for each other", async () => {
  withoutStock();
  const customer = "anna-twice";
  const anna = await as(world, customer);
  const all = keyed("t", 3);
  await orders.sql.query("BEGIN");
  await orders.sql.query(
    `INSERT INTO idempotency_keys (principal, method, key, request_hash, order_id, token, lease_until)
     VALUES ($1, 'CreateOrder', 't-2', '', gen_random_uuid(), gen_random_uuid(), now())`,
    [customer],
  );
  const calls = [all, all.toReversed()].map((each) => orders.client.importOrders(streamOf(each), anna));
  const waiting = "SELECT FROM pg_locks WHERE NOT granted";
  await vi.waitFor(async () => expect((await orders.sql.query(waiting)).rowCount).toBe(2));
  await orders.sql.query("ROLLBACK");
  const summaries = (await Promise.all(calls)).map(counts);
  expect([0, 1, 2].map((index) => summaries.reduce((sum, each) => sum + (each[index] ?? 0), 0))).toEqual([3, 3, 0]);
  expect(await storedBy(customer)).toBe(3);
});

test("importOrders refuses a key whose call is running, and takes over one whose lease has ended", async () => {
  const anna = await as(world, "anna-claims");
  const gate = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  world.standIns.before = async (method) => {
    if (method !== "reserve") return;
    arrived.resolve();
    await gate.promise;
  };
  const running = refusal(orders.client.createOrder({ lines, note: "c", idempotencyKey: "c-1" }, anna));
  await arrived.promise;
  const first = await orders.client.importOrders(streamOf(keyed("c", 1)), anna);
  expect(first.errors).toMatchObject([{ code: "ABORTED", reason: "IDEMPOTENCY_KEY_IN_PROGRESS" }]);
  await orders.sql.query("UPDATE idempotency_keys SET lease_until = now() WHERE key = 'c-1'");
  expect(counts(await orders.client.importOrders(streamOf(keyed("c", 1)), anna))).toEqual([1, 0, 0]);
  gate.resolve();
  expect(await running).toBe("ABORTED IDEMPOTENCY_KEY_IN_PROGRESS");
  expect(await storedBy("anna-claims")).toBe(1);
});

test("importOrders commits what has come while the stream is quiet, and at the deadline that stays", async () => {
  const anna = await as(world, "anna-quiet");
  const stream = endless(keyed("q", 3));
  const call = refusal(orders.client.importOrders(stream.requests, { ...anna, timeoutMs: 1000 }));
  await vi.waitFor(async () => expect(await storedBy("anna-quiet")).toBe(3));
  expect(await call).toMatch(/^DEADLINE_EXCEEDED/);
  expect(await storedBy("anna-quiet")).toBe(3);
  stream.end();
});

/** Leaves the stock of imported orders for later, so that it does not take the time of the test. */
function withoutStock(): void {
  world.standIns.before = async (method) => {
    if (method === "reserve") await new Promise((resolve) => setTimeout(resolve, 60_000).unref());
  };
}

const transports: typeof connectTransports = {
  "grpc-js": ({ app }) => createGrpcTransport({ address: String(app.addresses.grpc) }),
  ...connectTransports,
};
const duplex = Object.entries(transports).filter(([name]) => !name.includes("HTTP/1.1"));

test.each(duplex)(
  "importOrders by %s keeps what was committed when the caller leaves; a repeat stores the rest",
  async (name, open) => {
    withoutStock();
    const customer = `leaving ${name}`;
    const caller = await as(world, customer);
    const client = createClient(OrderService, open(orders));
    const all = keyed("l", 4000);
    const leaving = new AbortController();
    const stream = endless(all);
    const call = refusal(client.importOrders(stream.requests, { ...caller, signal: leaving.signal }));
    await vi.waitFor(async () => expect(await storedBy(customer)).toBeGreaterThan(0), { interval: 10 });
    leaving.abort();
    expect(await call).toMatch(/^CANCELED/);
    stream.end();
    const idle =
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%INSERT INTO orders%' AND state <> 'idle'";
    await vi.waitFor(async () => expect((await orders.sql.query(idle)).rowCount).toBe(0));
    const before = await storedBy(customer);
    expect(before).toBeLessThan(all.length);
    const keys = await orders.sql.query("SELECT FROM idempotency_keys WHERE principal = $1 AND reply IS NOT NULL", [
      customer,
    ]);
    expect(keys.rowCount).toBe(before);
    const summary = await client.importOrders(streamOf(all), caller);
    expect(counts(summary)).toEqual([all.length - before, before, 0]);
    expect(await storedBy(customer)).toBe(all.length);
  },
);

test("importOrders does not read on while Postgres does not keep up", async () => {
  withoutStock();
  const anna = await as(world, "anna-slow");
  await orders.sql.query("BEGIN; LOCK TABLE orders IN SHARE MODE");
  const note = "x".repeat(400);
  const all = Array.from({ length: 12_000 }, (_, index) => ({ lineNumber: BigInt(index + 1), order: { lines, note } }));
  const stream = endless(all);
  stream.end();
  const call = orders.client.importOrders(stream.requests, anna);
  let last = -1;
  const stalled = () => {
    const before = last;
    last = stream.taken();
    expect(last).toBe(before);
  };
  await vi.waitFor(stalled, { interval: 300, timeout: 10_000 });
  // Two batches, and what is on its way: HTTP/2's windows and what the client keeps to send again.
  expect(last).toBeLessThan(8000);
  await orders.sql.query("ROLLBACK");
  expect(counts(await call)).toEqual([12_000, 0, 0]);
});

test("importOrders ends with UNAVAILABLE when pricing cannot be reached, and what was committed is in", async () => {
  const anna = await as(world, "anna-pricing");
  const gate = Promise.withResolvers<void>();
  async function* requests(): AsyncGenerator<Line> {
    yield { lineNumber: 1n, order: { lines } };
    await gate.promise;
    yield { lineNumber: 2n, order: { lines: [{ sku: "SKU-00003", quantity: 1 }] } };
  }
  const call = refusal(orders.client.importOrders(requests(), anna));
  await vi.waitFor(async () => expect(await storedBy("anna-pricing")).toBe(1));
  world.standIns.before = (method) => {
    if (method === "quoteOrder") throw rpcError("UPSTREAM_UNAVAILABLE", "not now");
  };
  gate.resolve();
  expect(await call).toBe("UNAVAILABLE UPSTREAM_UNAVAILABLE");
  expect(await storedBy("anna-pricing")).toBe(1);
});

test("App.close lets an import in flight finish", async () => {
  await using doomed = await world.orders(await world.freshDatabase());
  const stream = endless(keyed("d", 3));
  const caller: CallOptions = await as(world, "anna");
  const call = doomed.client.importOrders(stream.requests, caller);
  const stored = "SELECT FROM orders";
  await vi.waitFor(async () => expect((await doomed.sql.query(stored)).rowCount).toBe(3));
  const closed = doomed.app.close();
  stream.end();
  expect(counts(await call)).toEqual([3, 0, 0]);
  await closed;
});
