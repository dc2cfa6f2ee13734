import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { OrderEventType } from "@polywire/contract/polywire/orders/v1/order";
import { createJetStreamEventLog } from "@polywire/realtime/server";
import { freePort, startNats } from "@polywire/system";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { as, type RunningOrders, startWorld, type World } from "./support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(() => world?.[Symbol.asyncDispose]());

const STREAM = "POLYWIRE_EVENTS";
const lines = [{ sku: "SKU-00001", quantity: 1 }];

async function place(orders: RunningOrders, count: number): Promise<void> {
  const anna = await as(world, "anna");
  await Promise.all(Array.from({ length: count }, () => orders.client.createOrder({ lines }, anna)));
}

/** The offsets given so far, in order. */
async function stamped({ sql }: RunningOrders): Promise<number[]> {
  const { rows } = await sql.query("SELECT log_offset FROM outbox WHERE log_offset IS NOT NULL ORDER BY 1");
  return rows.map(({ log_offset }) => Number(log_offset));
}

const dense = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

const settled = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 15_000, interval: 50 });

test("the relay stamps densely and loses nothing when transactions commit the other way round", async () => {
  const database = await world.freshDatabase();
  await using orders = await world.orders(database);
  const early = new Client({ connectionString: database, options: "-c search_path=orders" });
  await early.connect();
  const insert = `INSERT INTO outbox (event_id, order_id, type, order_after, commit_time)
                  VALUES (gen_random_uuid(), gen_random_uuid(), $1, '', clock_timestamp()) RETURNING id`;
  await early.query("BEGIN");
  const { rows: first } = await early.query(insert, [OrderEventType.CREATED]);
  const { rows: second } = await orders.sql.query(`WITH n AS (SELECT pg_notify('orders_outbox', '')) ${insert}`, [
    OrderEventType.UPDATED,
  ]);
  await settled(async () => expect(await stamped(orders)).toEqual([1]));
  await early.query("COMMIT");
  await early.end();
  await settled(async () => expect(await stamped(orders)).toEqual([1, 2]));
  const { rows } = await orders.sql.query("SELECT id FROM outbox ORDER BY log_offset");
  expect(BigInt(first[0].id) < BigInt(second[0].id)).toBe(true);
  expect(rows.map(({ id }) => id)).toEqual([second[0].id, first[0].id]);
});

test("two instances share one log: one relay at a time, the other takes over when it goes", async () => {
  const database = await world.freshDatabase();
  const one = await world.orders(database);
  await using two = await world.orders(database);
  const node = await as(world, "node", "events:read");
  const reading = two.events.readLog({ limit: 40 }, node)[Symbol.asyncIterator]();
  await reading.next();
  await Promise.all([place(one, 5), place(two, 5)]);
  await settled(async () => expect(await stamped(two)).toEqual(dense(20)));
  await one[Symbol.asyncDispose]();
  await place(two, 10);
  await settled(async () => expect(await stamped(two)).toEqual(dense(40)));
  const offsets = [];
  for (let next = await reading.next(); next.done !== true; next = await reading.next()) {
    if (next.value.message.case === "event") offsets.push(Number(next.value.message.value.cursor?.offset));
  }
  expect(offsets).toEqual(dense(40));
});

test("the relay publishes to JetStream with sequence = offset, and goes on after a restart", async () => {
  await using nats = await startNats();
  const database = await world.freshDatabase();
  const environment = { POLYWIRE_NATS_URL: nats.url };
  await using connection = await connected(nats.url);
  for (const round of [1, 2]) {
    await using orders = await world.orders(database, environment);
    await place(orders, 5);
    await settled(async () => expect(await connection.lastSequence()).toBe(round * 10));
  }
  const log = createJetStreamEventLog({ connection: connection.nats });
  const { oldest, head } = await log.bounds();
  expect(oldest.offset).toBe(0n);
  const reading = new AbortController();
  const offsets = [];
  for await (const message of log.read({ cursor: oldest, signal: reading.signal })) {
    if (message.kind === "event") offsets.push(message.event.cursor?.offset);
    if (offsets.at(-1) === head.offset) reading.abort();
  }
  expect(offsets.map(Number)).toEqual(dense(20));
});

test("the relay makes a lost stream anew from the oldest event that is kept", async () => {
  await using nats = await startNats();
  await using orders = await world.orders(await world.freshDatabase(), { POLYWIRE_NATS_URL: nats.url });
  await using connection = await connected(nats.url);
  await place(orders, 5);
  await settled(async () => expect(await connection.lastSequence()).toBe(10));
  const pending = "SELECT FROM outbox WHERE stock_task IS NOT NULL";
  await settled(async () => expect((await orders.sql.query(pending)).rowCount).toBe(0));
  await orders.sql.query("DELETE FROM outbox WHERE log_offset <= 4");
  const manager = await jetstreamManager(connection.nats);
  await manager.streams.delete(STREAM);
  await place(orders, 1);
  await settled(async () => expect(await connection.lastSequence()).toBe(12));
  expect((await manager.streams.info(STREAM)).state).toMatchObject({ first_seq: 5, messages: 8 });
  // And while no order is placed.
  await manager.streams.delete(STREAM);
  await settled(async () => expect(await connection.lastSequence()).toBe(12));
});

test("orders go on while NATS is away, and nothing is lost when it comes", async () => {
  const { port } = await freePort(0);
  const environment = { POLYWIRE_NATS_URL: `nats://127.0.0.1:${port}` };
  await using orders = await world.orders(await world.freshDatabase(), environment);
  await place(orders, 5);
  await settled(async () => expect(await stamped(orders)).toEqual(dense(10)));
  await using nats = await startNats({ port });
  await using connection = await connected(nats.url);
  await settled(async () => expect(await connection.lastSequence()).toBe(10));
});

interface NatsEye extends AsyncDisposable {
  nats: Awaited<ReturnType<typeof connect>>;
  lastSequence(): Promise<number>;
}

async function connected(url: string): Promise<NatsEye> {
  const nats = await connect({ servers: url });
  const manager = await jetstreamManager(nats);
  return {
    nats,
    lastSequence: async () => (await manager.streams.info(STREAM)).state.last_seq,
    [Symbol.asyncDispose]: () => nats.close(),
  };
}
