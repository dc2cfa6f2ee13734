import { Code, type ConnectError } from "@connectrpc/connect";
import { ReservationState } from "@polywire/contract/polywire/inventory/v1/inventory_service";
import { errorDetails } from "@polywire/rpc";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sweepReservations } from "../src/stock/sweep.ts";
import { type RunningInventory, startInventory } from "./running-inventory.ts";

let inventory: RunningInventory;

beforeAll(async () => {
  inventory = await startInventory();
});
afterAll(async () => {
  await inventory[Symbol.asyncDispose]();
});

/** "held", or the reason of the error. */
async function reserve(reservationKey: string, lines: { sku: string; quantity: number }[]): Promise<string> {
  return await inventory.client.reserve({ reservationKey, lines }).then(
    () => "held",
    (error: ConnectError) => errorDetails(error).reason ?? Code[error.code],
  );
}

async function stockOf(sku: string): Promise<{ on_hand: number; reserved: number }> {
  return await inventory.database.db
    .selectFrom("stock")
    .select(["on_hand", "reserved"])
    .where("sku", "=", sku)
    .executeTakeFirstOrThrow();
}

/** Moves the end of a reservation into the past. */
async function runOut(keyPattern: string): Promise<void> {
  await inventory.database.db
    .updateTable("reservations")
    .set({ expires_at: sql<Date>`clock_timestamp() - interval '1 second'` })
    .where("key", "like", keyPattern)
    .execute();
}

function countOf(outcomes: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(outcomes, (outcome) => outcome)].map(([outcome, list]) => [outcome, list.length]),
  );
}

test("Reserve never oversells: 50 at once on a stock of 10", async () => {
  const sku = await inventory.addSku(10);
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, (_, index) => reserve(`oversell-${index}`, [{ sku, quantity: 1 }])),
  );
  expect(countOf(outcomes)).toEqual({ held: 10, OUT_OF_STOCK: 40 });
  expect(await stockOf(sku)).toEqual({ on_hand: 10, reserved: 10 });
});

test("Reserve does not deadlock when calls name the same SKUs in opposite orders", async () => {
  const [first, second] = [await inventory.addSku(10_000), await inventory.addSku(10_000)];
  const forward = [
    { sku: first, quantity: 1 },
    { sku: second, quantity: 1 },
  ];
  const backward = forward.toReversed();
  const outcomes = await Promise.all(
    Array.from({ length: 200 }, (_, index) => reserve(`deadlock-${index}`, index % 2 === 0 ? forward : backward)),
  );
  expect(countOf(outcomes)).toEqual({ held: 200 });
  expect(await stockOf(first)).toEqual({ on_hand: 10_000, reserved: 200 });
});

test("Reserve holds once when the same key comes many times at once", async () => {
  const sku = await inventory.addSku(10);
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => reserve("same-key", [{ sku, quantity: 3 }])));
  expect(countOf(outcomes)).toEqual({ held: 20 });
  expect(await stockOf(sku)).toEqual({ on_hand: 10, reserved: 3 });
});

test("Reserve and ReleaseReservation of one key at once leave nothing held, whoever comes first", async () => {
  const sku = await inventory.addSku(100);
  for (let round = 0; round < 20; round++) {
    const reservationKey = `race-${round}`;
    await Promise.all([
      reserve(reservationKey, [{ sku, quantity: 1 }]),
      inventory.client.releaseReservation({ reservationKey }),
    ]);
  }
  expect(await stockOf(sku)).toEqual({ on_hand: 100, reserved: 0 });
});

test("sweepReservations gives expired pieces back once, however many sweep at once, in several batches", async () => {
  const sku = await inventory.addSku(1000);
  await Promise.all(Array.from({ length: 250 }, (_, index) => reserve(`sweep-${index}`, [{ sku, quantity: 2 }])));
  await reserve("live", [{ sku, quantity: 5 }]);
  expect(await stockOf(sku)).toEqual({ on_hand: 1000, reserved: 505 });
  await runOut("sweep-%");
  const { db } = inventory.database;
  const swept = await Promise.all([sweepReservations(db), sweepReservations(db)]);
  expect(swept[0] + swept[1] + (await sweepReservations(db))).toBe(250);
  expect(await stockOf(sku)).toEqual({ on_hand: 1000, reserved: 5 });
});

test("sweepReservations leaves it to the instance that is sweeping already", async () => {
  const sku = await inventory.addSku(10);
  await reserve("passed-over", [{ sku, quantity: 1 }]);
  await runOut("passed-over");
  const { db } = inventory.database;
  await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(hashtext('inventory'), hashtext('sweep'))`.execute(transaction);
    expect(await sweepReservations(db)).toBe(0);
  });
  expect(await sweepReservations(db)).toBe(1);
});

test("sweepReservations forgets keys that ended a week ago, and keeps confirmed ones", async () => {
  const sku = await inventory.addSku(10);
  for (const key of ["old-released", "old-confirmed"]) await reserve(key, [{ sku, quantity: 1 }]);
  await inventory.client.releaseReservation({ reservationKey: "old-released" });
  await inventory.client.confirmReservation({ reservationKey: "old-confirmed" });
  const { db } = inventory.database;
  await db
    .updateTable("reservations")
    .set({ changed_at: sql<Date>`clock_timestamp() - interval '8 days'` })
    .where("key", "like", "old-%")
    .execute();
  await sweepReservations(db);
  const left = await db.selectFrom("reservations").select("key").where("key", "like", "old-%").execute();
  expect(left).toEqual([{ key: "old-confirmed" }]);
});

test("ConfirmReservation refuses what has run out, swept or not, and Reserve with the same key holds it anew", async () => {
  const sku = await inventory.addSku(10);
  const lines = [{ sku, quantity: 4 }];
  for (const sweepFirst of [false, true]) {
    const reservationKey = `run-out-${sweepFirst}`;
    await reserve(reservationKey, lines);
    await runOut(reservationKey);
    if (sweepFirst) await sweepReservations(inventory.database.db);
    const confirm = inventory.client.confirmReservation({ reservationKey }).catch((error: ConnectError) => error);
    expect(errorDetails((await confirm) as ConnectError).reason).toBe("RESERVATION_EXPIRED");
    const { reservation } = await inventory.client.reserve({ reservationKey, lines });
    expect(reservation?.state).toBe(ReservationState.HELD);
    expect(await stockOf(sku)).toEqual({ on_hand: 10, reserved: 4 });
    await inventory.client.releaseReservation({ reservationKey });
  }
  expect(await stockOf(sku)).toEqual({ on_hand: 10, reserved: 0 });
});
