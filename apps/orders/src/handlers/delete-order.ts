import { OrderEventType } from "@polywire/contract/polywire/orders/v1/order";
import { rpcError } from "@polywire/rpc";
import type { Dependencies } from "../dependencies.ts";
import { appendEvent } from "../log/append-event.ts";
import { checkVersion } from "../orders/change-order.ts";
import { orderNotFound } from "../orders/find-orders.ts";
import { orderColumns, orderOf } from "../orders/order-row.ts";
import { isFinal, statusName } from "../orders/status-machine.ts";
import { currentViewer } from "../orders/viewer.ts";
import type { OrderMethods } from "./methods.ts";

/** Deletes an order whose life is over. */
export function deleteOrder({ db }: Dependencies): OrderMethods["deleteOrder"] {
  return async ({ orderId, version, allowMissing }) => {
    const viewer = currentViewer();
    await db.transaction().execute(async (transaction) => {
      const row = await transaction
        .deleteFrom("orders")
        .where("order_id", "=", orderId)
        .$if(!viewer.seesAll, (query) => query.where("customer_id", "=", viewer.subject))
        .returning(orderColumns)
        .executeTakeFirst();
      if (row === undefined) {
        if (allowMissing) return;
        throw orderNotFound(orderId);
      }
      const order = orderOf(row);
      checkVersion(order, version);
      if (!isFinal(order.status)) {
        const status = statusName(order.status);
        throw rpcError("ILLEGAL_STATUS_CHANGE", `an order that is ${status} can't be deleted; cancel it first`, {
          resource: { type: "order", name: orderId },
        });
      }
      await appendEvent(transaction, { type: OrderEventType.DELETED, order, reservationKey: row.reservation_key });
    });
    return {};
  };
}
