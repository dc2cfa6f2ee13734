import type { Dependencies } from "../dependencies.ts";
import { findOrders } from "../orders/find-orders.ts";
import { currentViewer } from "../orders/viewer.ts";
import type { OrderMethods } from "./methods.ts";

/** Reads several orders in one statement. */
export function batchGetOrders({ db }: Dependencies): OrderMethods["batchGetOrders"] {
  return async ({ orderIds }) => {
    const found = await findOrders(db, orderIds, currentViewer());
    const byId = new Map(found.map((order) => [order.orderId, order]));
    // Ids are stored in lower case; a caller may write them in capitals.
    const orders = orderIds.map((orderId) => byId.get(orderId.toLowerCase()));
    return {
      orders: orders.filter((order) => order !== undefined),
      missingOrderIds: orderIds.filter((_, index) => orders[index] === undefined),
    };
  };
}
