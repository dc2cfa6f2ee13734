import { durationMs } from "@bufbuild/protobuf/wkt";
import { rpcError } from "@polywire/rpc";
import type { Transaction } from "kysely";
import type { Tables } from "../schema/tables.ts";
import { type Line, sameLines } from "../stock/lines.ts";
import { holdStock } from "../stock/move-stock.ts";
import {
  changeReservation,
  insertReservation,
  linesOf,
  lockReservation,
  type ReservationRow,
  toReservation,
} from "../stock/reservations.ts";
import type { Dependencies, Handler } from "./dependencies.ts";

const DEFAULT_TTL_MS = 5 * 60_000;

/** Holds pieces back, all lines or none. */
export function reserve({ db }: Dependencies): Handler<"reserve"> {
  return async ({ reservationKey: key, lines, ttl }) => {
    const wanted = { key, lines, ttlMs: ttl === undefined ? DEFAULT_TTL_MS : durationMs(ttl) };
    const row = await db.transaction().execute(async (transaction) => {
      const inserted = await insertReservation(transaction, { ...wanted, state: "held" });
      if (inserted === undefined) return await repeat(transaction, wanted);
      await holdStock(transaction, lines);
      return inserted;
    });
    return { reservation: toReservation(row) };
  };
}

async function repeat(
  transaction: Transaction<Tables>,
  wanted: { key: string; lines: readonly Line[]; ttlMs: number },
): Promise<ReservationRow> {
  const { key, lines, ttlMs } = wanted;
  const existing = await lockReservation(transaction, key);
  if (existing === undefined)
    throw rpcError("UPSTREAM_UNAVAILABLE", "the reservation is just being removed; try again");
  if (existing.state === "released") {
    throw rpcError("RESERVATION_RELEASED", "this reservation was released; use a new key for a new one", {
      resource: { type: "reservation", name: key },
    });
  }
  if (!sameLines(linesOf(existing), lines)) {
    throw rpcError("RESERVATION_KEY_REUSED", "this reservation key was used with other lines; use a new key", {
      resource: { type: "reservation", name: key },
    });
  }
  if (!existing.ran_out) return existing;
  // Whoever repeats after a crash long ago wants the pieces still: an order must not fail for ever because its first
  // attempt was slow. What the sweep has not given back yet is simply held on.
  if (existing.state === "expired") await holdStock(transaction, lines);
  return await changeReservation(transaction, key, { state: "held", ttlMs });
}
