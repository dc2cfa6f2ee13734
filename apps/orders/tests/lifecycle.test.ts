import { createClient } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import { openDatabase } from "@polywire/service";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { removeOldEvents } from "../src/log/retention.ts";
import type { Tables } from "../src/schema/tables.ts";
import { refusal } from "./support/expect-error.ts";
import { startOrdersProcess } from "./support/orders-process.ts";
import { as, type RunningOrders, startWorld, type World } from "./support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(() => world?.[Symbol.asyncDispose]());

const lines = [{ sku: "SKU-00001", quantity: 1 }];

/** Waits until nothing works in the background. */
async function settled({ sql }: RunningOrders): Promise<void> {
  const pending = "SELECT FROM outbox WHERE log_offset IS NULL OR stock_task IS NOT NULL";
  await vi.waitFor(async () => expect((await sql.query(pending)).rowCount).toBe(0), { timeout: 5000 });
}

test("a statement is cancelled in Postgres when its caller's deadline passes", async () => {
  await using orders = await world.orders(await world.freshDatabase());
  const anna = await as(world, "anna");
  const { order } = await orders.client.createOrder({ lines }, anna);
  const orderId = order?.orderId ?? "";
  await settled(orders);
  await orders.sql.query("BEGIN");
  await orders.sql.query("SELECT FROM orders WHERE order_id = $1 FOR UPDATE", [orderId]);
  const call = orders.client.updateOrder(
    { order: { orderId, note: "x" }, updateMask: { paths: ["note"] } },
    { ...anna, timeoutMs: 200 },
  );
  expect(await refusal(call)).toMatch(/^DEADLINE_EXCEEDED/);
  const waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%note%'";
  await vi.waitFor(async () => expect((await orders.sql.query(waiting)).rowCount).toBe(0));
  await orders.sql.query("ROLLBACK");
});

test("SIGTERM ends the process with 0, and a second start goes on with the same data", async () => {
  const environment = { ...world.environment(await world.freshDatabase()), POLYWIRE_LOG_LEVEL: "info" };
  const anna = await as(world, "anna");
  let orderId: string | undefined;
  for (const _ of [1, 2]) {
    await using app = await startOrdersProcess(environment);
    const transport = createGrpcTransport({ address: String(app.addresses.grpc) });
    const client = createClient(OrderService, transport);
    orderId ??= (await client.createOrder({ lines }, anna)).order?.orderId;
    expect(await refusal(client.getOrder({ orderId: orderId ?? "" }, anna))).toBe("OK");
    expect(await app.terminate()).toBe(0);
    transport.close();
  }
});

test("retention removes old, published events from the log's beginning and nothing else", async () => {
  const url = await world.freshDatabase();
  await using orders = await world.orders(url);
  const database = openDatabase<Tables>({ url, schema: "orders", maxConnections: 1 });
  const anna = await as(world, "anna");
  for (let count = 0; count < 4; count += 1) await orders.client.createOrder({ lines }, anna);
  await settled(orders);
  const sweep = async (outboxRetentionMs: number, published: bigint | undefined): Promise<number[]> => {
    const options = { keyRetentionMs: 0, sweepMs: 0, outboxRetentionMs, publishedOffset: () => published };
    await removeOldEvents({ db: database.db, ...options });
    const { rows } = await orders.sql.query("SELECT log_offset FROM outbox ORDER BY log_offset");
    return rows.map(({ log_offset }) => Number(log_offset));
  };
  const all = [1, 2, 3, 4, 5, 6, 7, 8];
  expect(await sweep(3_600_000, 8n)).toEqual(all);
  expect(await sweep(0, undefined)).toEqual(all);
  expect(await sweep(0, 2n)).toEqual(all.slice(2));
  await orders.sql.query("UPDATE outbox SET stock_task = 'confirm', stock_task_time = 'infinity' WHERE log_offset = 6");
  expect(await sweep(0, 8n)).toEqual([6, 7, 8]);
  await orders.sql.query("UPDATE outbox SET stock_task = NULL");
  expect(await sweep(0, 8n)).toEqual([]);
  const { oldest, head } = await orders.events.getLogBounds({}, await as(world, "node", "events:read"));
  expect([oldest?.offset, head?.offset]).toEqual([8n, 8n]);
  await database.close();
});
