import type { Dependencies } from "../dependencies.ts";
import { findOrders, orderNotFound } from "../orders/find-orders.ts";
import { currentViewer } from "../orders/viewer.ts";
import type { OrderMethods } from "./methods.ts";

/** Reads one order. */
export function getOrder({ db }: Dependencies): OrderMethods["getOrder"] {
  return async ({ orderId }) => {
    const [order] = await findOrders(db, [orderId], currentViewer());
    if (order === undefined) throw orderNotFound(orderId);
    return { order };
  };
}
