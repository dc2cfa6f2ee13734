import { rpcError } from "@polywire/rpc";
import { lockStock, moveStock, TAKE } from "../stock/move-stock.ts";
import { changeReservation, linesOf, lockReservation, toReservation } from "../stock/reservations.ts";
import type { Dependencies, Handler } from "./dependencies.ts";

/** Turns held pieces into taken ones. */
export function confirmReservation({ db }: Dependencies): Handler<"confirmReservation"> {
  return async ({ reservationKey: key }) => {
    const row = await db.transaction().execute(async (transaction) => {
      const existing = await lockReservation(transaction, key);
      const about = { resource: { type: "reservation", name: key } };
      if (existing === undefined) throw rpcError("RESERVATION_NOT_FOUND", "there is no such reservation", about);
      if (existing.state === "confirmed") return existing;
      if (existing.state === "released") throw rpcError("RESERVATION_RELEASED", "this reservation was released", about);
      if (existing.ran_out) throw rpcError("RESERVATION_EXPIRED", "this reservation has expired; reserve again", about);
      await lockStock(transaction, existing.skus);
      await moveStock(transaction, linesOf(existing), TAKE);
      return await changeReservation(transaction, key, { state: "confirmed" });
    });
    return { reservation: toReservation(row) };
  };
}
