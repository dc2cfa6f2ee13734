import { type CallOptions, createClient } from "@connectrpc/connect";
import { OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import { type ExportOrdersResponse, OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { refusal } from "./support/expect-error.ts";
import { fillOrders } from "./support/fill.ts";
import { startOrdersProcess } from "./support/orders-process.ts";
import { readStream, type StreamReader } from "./support/stream.ts";
import { connectTransports } from "./support/transports.ts";
import { as, type RunningOrders, startWorld, type World } from "./support/world.ts";

const MANY = 200_000;
const NOTE_LENGTH = 400;

let world: World;
let url: string;
let orders: RunningOrders;
let anna: CallOptions;

beforeAll(async () => {
  world = await startWorld();
  url = await world.freshDatabase();
  orders = await world.orders(url);
  anna = await as(world, "anna");
  await fillOrders(orders.sql, { customer: "anna", count: MANY, noteLength: NOTE_LENGTH });
  await fillOrders(orders.sql, { customer: "bert", count: 10 });
});

afterAll(async () => {
  await orders?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

type Client = RunningOrders["client"];

const exporting = (client: Client, options: CallOptions): StreamReader<ExportOrdersResponse> =>
  readStream((signal) => client.exportOrders({}, { ...options, signal }));

/** How the transactions of cursors stand, seen from Postgres. */
async function cursors(): Promise<{ state: string; quiet: boolean }[]> {
  const { rows } = await orders.sql.query(
    `SELECT state, clock_timestamp() - state_change > interval '300 milliseconds' AS quiet FROM pg_stat_activity
     WHERE datname = current_database() AND (state LIKE 'idle in transaction%' OR query LIKE 'FETCH%' AND state = 'active')`,
  );
  return rows;
}

const stalled = () =>
  vi.waitFor(async () => expect(await cursors()).toEqual([{ state: "idle in transaction", quiet: true }]), {
    timeout: 10_000,
  });

const noneOpen = () => vi.waitFor(async () => expect(await cursors()).toEqual([]), { timeout: 5000 });

async function drainOut(stream: StreamReader<ExportOrdersResponse>): Promise<string[]> {
  const ids: string[] = [];
  const last = await refusal(
    stream.find((message) => {
      for (const { orderId } of message.orders) ids.push(orderId);
      return false;
    }),
  );
  expect(last).toMatch("the stream has ended");
  return ids;
}

test("exportOrders waits for a reader that stalls, in bounded memory, and then delivers the snapshot in order", async () => {
  await using app = await startOrdersProcess({ ...world.environment(url), POLYWIRE_LOG_LEVEL: "info" });
  const transport = createGrpcTransport({ address: String(app.addresses.grpc) });
  const client = createClient(OrderService, transport);
  const residentBytes = async (): Promise<number> => {
    const text = await (await fetch(`http://${app.addresses.http}/metrics`)).text();
    return Number(text.match(/^process_resident_memory_bytes (\S+)/m)?.[1]);
  };
  await using stream = exporting(client, anna);
  const before = await residentBytes();
  const first = await stream.next();
  await stalled();
  const grown = (await residentBytes()) - before;
  expect(grown).toBeLessThan((MANY * NOTE_LENGTH) / 2);

  const { rows } = await orders.sql.query(
    "SELECT order_id FROM orders WHERE customer_id = 'anna' ORDER BY create_time, order_id",
  );
  await orders.sql.query("UPDATE orders SET customer_id = 'nobody' WHERE order_id = $1", [rows.at(-1).order_id]);
  await orders.client.createOrder({ lines: [{ sku: "SKU-00001", quantity: 1 }] }, anna);
  const ids = [...first.orders.map(({ orderId }) => orderId), ...(await drainOut(stream))];
  expect(ids).toHaveLength(MANY);
  expect(ids.every((orderId, index) => orderId === rows[index].order_id)).toBe(true);
  await noneOpen();
  transport.close();
});

test("exportOrders takes those that match the filter and belong to the caller", async () => {
  const bert = await as(world, "bert");
  const take = async (caller: CallOptions, filter: Parameters<Client["exportOrders"]>[0]["filter"]) => {
    let count = 0;
    for await (const message of orders.client.exportOrders(filter ? { filter } : {}, caller)) {
      count += message.orders.length;
    }
    return count;
  };
  const start = BigInt(Date.UTC(2026, 0, 1) / 1000);
  expect(await take(bert, undefined)).toBe(10);
  expect(await take(bert, { statuses: [OrderStatus.SHIPPED] })).toBe(0);
  expect(await take(bert, { createdBefore: { seconds: start, nanos: 4000 } })).toBe(3);
  const station = await as(world, "station", "orders:fulfil");
  expect(await take(station, { createdBefore: { seconds: start, nanos: 4000 } })).toBe(6);
  expect(await take(await as(world, "carla"), undefined)).toBe(0);
});

const transports: typeof connectTransports = {
  "grpc-js": ({ app }) => createGrpcTransport({ address: String(app.addresses.grpc) }),
  ...connectTransports,
};

test.each(Object.entries(transports))(
  "exportOrders by %s ends its transaction when the caller leaves",
  async (name, open) => {
    const client = createClient(OrderService, open(orders));
    {
      await using stream = exporting(client, anna);
      expect((await stream.next()).orders.length).toBeGreaterThan(0);
      // HTTP/1.1 has no window but the kernel's buffers, which take tens of megabytes.
      if (name.includes("HTTP/1.1")) expect(await cursors()).toHaveLength(1);
      else await stalled();
    }
    await noneOpen();
  },
);

test.each(Object.entries(transports))("exportOrders by %s ends its transaction at the deadline", async (_, open) => {
  const client = createClient(OrderService, open(orders));
  await using stream = exporting(client, { ...anna, timeoutMs: 700 });
  await stream.next();
  expect(await cursors()).toHaveLength(1);
  await noneOpen();
  expect(await refusal(stream.find(() => false))).toMatch(/^DEADLINE_EXCEEDED/);
});

test("exportOrders keeps a snapshot no longer than snapshotMaxMs, and no more than maxSnapshots of them", async () => {
  await using small = await world.orders(url, { POLYWIRE_MAX_SNAPSHOTS: "1", POLYWIRE_SNAPSHOT_MAX_MS: "800" });
  await using stream = exporting(small.client, anna);
  await stream.next();
  await using second = exporting(small.client, anna);
  expect(await refusal(second.next())).toBe("RESOURCE_EXHAUSTED TOO_MANY_REQUESTS");
  await stalled();
  await noneOpen();
  expect(await refusal(stream.find(() => false))).toBe("DEADLINE_EXCEEDED DEADLINE_PASSED");
  await using third = exporting(small.client, anna);
  await third.next();
});

test("App.close lets an export in flight finish, and ends one that stalls", async () => {
  await using doomed = await world.orders(url);
  const bert = await as(world, "bert");
  await using stuck = exporting(doomed.client, anna);
  await stuck.next();
  await using short = exporting(doomed.client, bert);
  expect((await short.next()).orders).toHaveLength(10);
  const closed = doomed.app.close();
  expect(await drainOut(short)).toEqual([]);
  await closed;
  expect(await refusal(stuck.find(() => false))).toMatch(/^UNAVAILABLE/);
  await noneOpen();
});
