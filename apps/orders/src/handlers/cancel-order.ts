import { OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import type { Dependencies } from "../dependencies.ts";
import { cancelled } from "../orders/cancel.ts";
import { changeOrder, checkVersion } from "../orders/change-order.ts";
import { currentViewer } from "../orders/viewer.ts";
import type { OrderMethods } from "./methods.ts";

/** Cancels an order. */
export function cancelOrder({ db }: Dependencies): OrderMethods["cancelOrder"] {
  return async ({ orderId, version, reason }) => {
    const order = await changeOrder(db, { orderId, viewer: currentViewer() }, (current) => {
      // Before the version check: a repeat of a cancellation that worked comes with the version before it.
      if (current.status === OrderStatus.CANCELLED) return undefined;
      checkVersion(current, version);
      return cancelled(current, reason);
    });
    return { order };
  };
}
