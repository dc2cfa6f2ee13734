import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  type Reservation,
  ReservationSchema,
  ReservationState,
  StockLineSchema,
} from "@polywire/contract/polywire/inventory/v1/inventory_service";
import { type Selectable, sql, type Transaction } from "kysely";
import type { ReservationRowState, Tables } from "../schema/tables.ts";
import type { Line } from "./lines.ts";

/** A reservation as it is stored. */
export type ReservationRow = Selectable<Tables["reservations"]>;

const COLUMNS = ["key", "state", "skus", "quantities", "expires_at", "changed_at"] as const;

/** Puts a new reservation down; undefined when the key exists, after waiting for whoever is using it now. */
export async function insertReservation(
  transaction: Transaction<Tables>,
  row: { key: string; state: ReservationRowState; lines: readonly Line[]; ttlMs?: number },
): Promise<ReservationRow | undefined> {
  return await transaction
    .insertInto("reservations")
    .values({
      key: row.key,
      state: row.state,
      skus: row.lines.map(({ sku }) => sku),
      quantities: row.lines.map(({ quantity }) => quantity),
      expires_at: row.ttlMs === undefined ? null : afterMs(row.ttlMs),
    })
    .onConflict((conflict) => conflict.column("key").doNothing())
    .returning(COLUMNS)
    .executeTakeFirst();
}

/** Reads a reservation and locks it. The locks on stock come after it, never before. */
export async function lockReservation(
  transaction: Transaction<Tables>,
  key: string,
): Promise<(ReservationRow & { ran_out: boolean }) | undefined> {
  return await transaction
    .selectFrom("reservations")
    .select(COLUMNS)
    .select(sql<boolean>`state = 'expired' or (state = 'held' and expires_at <= clock_timestamp())`.as("ran_out"))
    .where("key", "=", key)
    .forUpdate()
    .executeTakeFirst();
}

/** Changes where a locked reservation stands, and with `ttlMs` when it ends. */
export async function changeReservation(
  transaction: Transaction<Tables>,
  key: string,
  change: { state: ReservationRowState; ttlMs?: number },
): Promise<ReservationRow> {
  return await transaction
    .updateTable("reservations")
    .set({
      state: change.state,
      changed_at: sql<Date>`clock_timestamp()`,
      ...(change.ttlMs === undefined ? {} : { expires_at: afterMs(change.ttlMs) }),
    })
    .where("key", "=", key)
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
}

/** The lines of a stored reservation. */
export function linesOf(row: Pick<ReservationRow, "skus" | "quantities">): Line[] {
  return row.skus.map((sku, index) => ({ sku, quantity: row.quantities[index] ?? 0 }));
}

const STATES: Readonly<Record<ReservationRowState, ReservationState>> = {
  held: ReservationState.HELD,
  confirmed: ReservationState.CONFIRMED,
  released: ReservationState.RELEASED,
  expired: ReservationState.EXPIRED,
};

/** A stored reservation as the contract shows it. */
export function toReservation(row: ReservationRow): Reservation {
  return create(ReservationSchema, {
    reservationKey: row.key,
    state: STATES[row.state],
    lines: linesOf(row).map((line) => create(StockLineSchema, line)),
    ...(row.expires_at === null ? {} : { expireTime: timestampFromDate(row.expires_at) }),
  });
}

/** Cut to milliseconds, so that what is stored is exactly what is answered. */
function afterMs(ttlMs: number) {
  return sql<Date>`date_trunc('milliseconds', clock_timestamp() + ${ttlMs}::int * interval '1 millisecond')`;
}
