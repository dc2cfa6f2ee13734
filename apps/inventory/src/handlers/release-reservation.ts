import { rpcError } from "@polywire/rpc";
import type { ReservationRowState } from "../schema/tables.ts";
import { GIVE_BACK, lockStock, type Movement, moveStock, RETURN } from "../stock/move-stock.ts";
import {
  changeReservation,
  insertReservation,
  linesOf,
  lockReservation,
  toReservation,
} from "../stock/reservations.ts";
import type { Dependencies, Handler } from "./dependencies.ts";

/** What a release does to the pieces; an expired reservation has given them back already. */
const MOVEMENTS: Readonly<Partial<Record<ReservationRowState, Movement>>> = { held: GIVE_BACK, confirmed: RETURN };

/** Gives the pieces back. A key that was never reserved is marked, so that a Reserve that comes late is refused. */
export function releaseReservation({ db }: Dependencies): Handler<"releaseReservation"> {
  return async ({ reservationKey: key }) => {
    const row = await db.transaction().execute(async (transaction) => {
      const tombstone = await insertReservation(transaction, { key, state: "released", lines: [] });
      if (tombstone !== undefined) return tombstone;
      const existing = await lockReservation(transaction, key);
      if (existing === undefined)
        throw rpcError("UPSTREAM_UNAVAILABLE", "the reservation is just being removed; try again");
      if (existing.state === "released") return existing;
      const movement = MOVEMENTS[existing.state];
      if (movement !== undefined) {
        await lockStock(transaction, existing.skus);
        await moveStock(transaction, linesOf(existing), movement);
      }
      return await changeReservation(transaction, key, { state: "released" });
    });
    return { reservation: toReservation(row) };
  };
}
