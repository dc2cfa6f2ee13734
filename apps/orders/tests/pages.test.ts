import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
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

/** Orders whose times differ in microseconds or not at all, written straight into the table. */
async function insert(customer: string, offsetsUs: readonly number[]): Promise<void> {
  for (const offset of offsetsUs) {
    await orders.sql.query(
      `INSERT INTO orders (order_id, customer_id, status, currency_code, total_minor_units, lines, note, reservation_key, create_time)
       VALUES (gen_random_uuid(), $1, 2, 'EUR', 1, '[]', $2, 'none', timestamptz '2026-01-01' + $3 * interval '1 microsecond')`,
      [customer, String(offset), offset],
    );
  }
}

test("listOrders gives every order once, newest first, while orders are added, with equal times and microseconds", async () => {
  const anna = await as(world, "anna-pages");
  await insert("anna-pages", [1, 2, 2, 2, 3, 4, 5, 5, 6, 999, 1000, 1001]);
  await insert("somebody-else", [3]);
  const notes: number[] = [];
  const ids = new Set<string>();
  let pageToken = "";
  do {
    const page = await orders.client.listOrders({ pageSize: 2, pageToken }, anna);
    notes.push(...page.orders.map(({ note }) => Number(note)));
    for (const { orderId } of page.orders) ids.add(orderId);
    pageToken = page.nextPageToken;
    // Newer than every page: must not move what comes.
    await insert("anna-pages", [5000 + notes.length]);
  } while (pageToken !== "");
  expect(notes).toEqual([1001, 1000, 999, 6, 5, 5, 4, 3, 2, 2, 2, 1]);
  expect(ids.size).toBe(12);
});

test("listOrders filters by status and by time, from at or after, before strictly", async () => {
  const anna = await as(world, "anna-filter");
  await insert("anna-filter", [0, 1000, 2000]);
  const base = Date.parse("2026-01-01T00:00:00Z");
  const page = await orders.client.listOrders(
    { createdFrom: timestampFromMs(base + 1), createdBefore: timestampFromMs(base + 2) },
    anna,
  );
  expect(page.orders.map(({ note }) => note)).toEqual(["1000"]);
  const none = await orders.client.listOrders({ statuses: [OrderStatus.PENDING, OrderStatus.CANCELLED] }, anna);
  expect(none.orders).toEqual([]);
});

test("listOrders refuses a page token that is forged, of another filter, or somebody else's", async () => {
  const anna = await as(world, "anna-token");
  await insert("anna-token", [1, 2, 3]);
  const { nextPageToken: pageToken } = await orders.client.listOrders({ pageSize: 1 }, anna);
  const invalid = "INVALID_ARGUMENT PAGE_TOKEN_INVALID";
  expect(await refusal(orders.client.listOrders({ pageToken: "AAAA" }, anna))).toBe(invalid);
  const statuses = [OrderStatus.CONFIRMED];
  expect(await refusal(orders.client.listOrders({ pageToken, statuses }, anna))).toBe(invalid);
  expect(await refusal(orders.client.listOrders({ pageToken }, await as(world, "bert")))).toBe(invalid);
  expect(await refusal(orders.client.listOrders({ pageToken, pageSize: 2 }, anna))).toBe("OK");
});

test("listOrders with the scope orders:fulfil shows the orders of everybody", async () => {
  await insert("anna-all", [1]);
  const page = await orders.client.listOrders({ pageSize: 200 }, await as(world, "station", "orders:fulfil"));
  expect(new Set(page.orders.map(({ customerId }) => customerId)).size).toBeGreaterThan(1);
});

test("batchGetOrders keeps the order asked for and lists what is missing or foreign", async () => {
  const anna = await as(world, "anna-batch");
  await insert("anna-batch", [1, 2]);
  await insert("bert-batch", [1]);
  const mine = (await orders.client.listOrders({}, anna)).orders.map(({ orderId }) => orderId);
  const theirs = (await orders.client.listOrders({}, await as(world, "bert-batch"))).orders[0]?.orderId ?? "";
  const nobodys = crypto.randomUUID();
  const asked = [nobodys, ...mine.reverse(), theirs];
  const answer = await orders.client.batchGetOrders({ orderIds: asked }, anna);
  expect(answer.orders.map(({ orderId }) => orderId)).toEqual(mine);
  expect(answer.missingOrderIds).toEqual([nobodys, theirs]);
});

test("listOrderEvents finds the events of an order by an index", async () => {
  await orders.sql.query("BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan");
  await orders.sql.query(`
    PREPARE of_order AS SELECT id FROM outbox WHERE order_id = $1 AND log_offset > $2 ORDER BY log_offset LIMIT $3`);
  const explain = `EXPLAIN EXECUTE of_order ('${crypto.randomUUID()}', 0, 50)`;
  const { rows } = await orders.sql.query<{ "QUERY PLAN": string }>(explain);
  await orders.sql.query("ROLLBACK; DEALLOCATE of_order");
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  expect(plan).toContain("Index Scan using outbox_of_order");
  expect(plan).toContain("Index Cond: ((order_id = $1) AND (log_offset > $2))");
});
