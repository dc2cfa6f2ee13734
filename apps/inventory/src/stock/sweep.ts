import { type Database, withSignal } from "@polywire/service";
import { type Kysely, sql, type Transaction } from "kysely";
import type { Tables } from "../schema/tables.ts";
import type { Line } from "./lines.ts";
import { GIVE_BACK, lockStock, moveStock } from "./move-stock.ts";
import { linesOf } from "./reservations.ts";

/** What the sweep is told. */
export interface SweepOptions {
  /** Pause between two rounds, in milliseconds. */
  intervalMs: number;
  /** Takes what went wrong; the next round tries again. */
  onError: (error: unknown) => void;
}

/** A running sweep. */
export interface Sweep {
  /** Ends the round that runs and starts no other. */
  stop(): Promise<void>;
}

/** Reservations in one transaction, so that no round holds its locks for long. */
const BATCH = 100;

/** How long a released or expired key is remembered. A call repeated after that counts as a new one. */
const FORGET_AFTER = "7 days";

/** Collects expired reservations in the background, as long as the service runs. */
export function startSweep(database: Database<Tables>, options: SweepOptions): Sweep {
  const stopping = new AbortController();
  let round: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;
  const schedule = (): void => {
    timer = setTimeout(() => {
      round = run().finally(() => stopping.signal.aborted || schedule());
    }, options.intervalMs);
  };
  const run = async (): Promise<void> => {
    try {
      await withSignal(stopping.signal, () => sweepReservations(database.db));
    } catch (error) {
      if (!stopping.signal.aborted) options.onError(error);
    }
  };
  schedule();
  return {
    stop: async () => {
      clearTimeout(timer);
      stopping.abort();
      await round;
    },
  };
}

/**
 * One round: gives back what expired reservations hold and forgets keys that ended long ago, in batches. Only one
 * instance at a time does this; the others pass.
 *
 * @returns how many reservations were given back
 */
export async function sweepReservations(db: Kysely<Tables>): Promise<number> {
  let total = 0;
  for (;;) {
    const { expired, forgotten } = await db.transaction().execute(sweepBatch);
    total += expired;
    if (expired < BATCH && forgotten < BATCH) return total;
  }
}

async function sweepBatch(transaction: Transaction<Tables>): Promise<{ expired: number; forgotten: number }> {
  const { rows } = await sql<{ mine: boolean }>`
    select pg_try_advisory_xact_lock(hashtext('inventory'), hashtext('sweep')) as mine`.execute(transaction);
  if (!rows[0]?.mine) return { expired: 0, forgotten: 0 };
  return { expired: await expireBatch(transaction), forgotten: await forgetBatch(transaction) };
}

async function expireBatch(transaction: Transaction<Tables>): Promise<number> {
  // One that is locked is being confirmed or released right now.
  const rows = await transaction
    .selectFrom("reservations")
    .select(["key", "skus", "quantities"])
    .where("state", "=", "held")
    .where("expires_at", "<=", sql<Date>`clock_timestamp()`)
    .orderBy("expires_at")
    .limit(BATCH)
    .forUpdate()
    .skipLocked()
    .execute();
  if (rows.length === 0) return 0;
  const lines = addUp(rows.flatMap(linesOf));
  await lockStock(
    transaction,
    lines.map(({ sku }) => sku),
  );
  await moveStock(transaction, lines, GIVE_BACK);
  const keys = rows.map(({ key }) => key);
  await transaction
    .updateTable("reservations")
    .set({ state: "expired", changed_at: sql<Date>`clock_timestamp()` })
    .where("key", "=", sql<string>`any(${keys})`)
    .execute();
  return rows.length;
}

async function forgetBatch(transaction: Transaction<Tables>): Promise<number> {
  const { numDeletedRows } = await transaction
    .deleteFrom("reservations")
    .where(
      "key",
      "in",
      transaction
        .selectFrom("reservations")
        .select("key")
        .where("state", "in", ["released", "expired"])
        .where("changed_at", "<", sql<Date>`clock_timestamp() - ${FORGET_AFTER}::interval`)
        .limit(BATCH)
        .forUpdate()
        .skipLocked(),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}

function addUp(lines: readonly Line[]): Line[] {
  const totals = new Map<string, number>();
  for (const { sku, quantity } of lines) totals.set(sku, (totals.get(sku) ?? 0) + quantity);
  return [...totals].map(([sku, quantity]) => ({ sku, quantity }));
}
