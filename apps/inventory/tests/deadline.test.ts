import { Code, ConnectError } from "@connectrpc/connect";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningInventory, startInventory } from "./running-inventory.ts";

let inventory: RunningInventory;

beforeAll(async () => {
  inventory = await startInventory();
});
afterAll(async () => {
  await inventory[Symbol.asyncDispose]();
});

/** Statements of the service that wait for the lock below. */
async function waitingStatements(): Promise<number> {
  const { rows } = await sql<{ waiting: bigint }>`
    select count(*) as waiting from pg_stat_activity
    where wait_event_type = 'Lock' and usename = 'inventory'`.execute(inventory.database.db);
  return Number(rows[0]?.waiting);
}

/** Runs `work` while nobody can read the stock. */
async function whileStockIsLocked(work: () => Promise<void>): Promise<void> {
  await inventory.database.db.transaction().execute(async (transaction) => {
    await sql`lock table stock in access exclusive mode`.execute(transaction);
    await work();
  });
}

async function codeOf(call: Promise<unknown>): Promise<Code | undefined> {
  return await call.then(
    () => undefined,
    (error: unknown) => ConnectError.from(error).code,
  );
}

const line = { sku: "SKU-00001", quantity: 1 };

test("CheckAvailability ends in Postgres at the caller's deadline, with DEADLINE_EXCEEDED", async () => {
  await whileStockIsLocked(async () => {
    const code = await codeOf(inventory.client.checkAvailability({ lines: [line] }, { timeoutMs: 200 }));
    expect(code).toBe(Code.DeadlineExceeded);
    await expect.poll(waitingStatements, { interval: 5 }).toBe(0);
  });
});

test("Reserve ends in Postgres when the caller leaves, and nothing is held", async () => {
  await whileStockIsLocked(async () => {
    const leaving = new AbortController();
    const call = inventory.client.reserve({ reservationKey: "left", lines: [line] }, { signal: leaving.signal });
    const code = codeOf(call);
    await expect.poll(waitingStatements, { interval: 5, timeout: 5000 }).toBe(1);
    leaving.abort();
    expect(await code).toBe(Code.Canceled);
    await expect.poll(waitingStatements, { interval: 5 }).toBe(0);
  });
  const { rows } = await sql`select key from reservations where key = 'left'`.execute(inventory.database.db);
  expect(rows).toEqual([]);
});
