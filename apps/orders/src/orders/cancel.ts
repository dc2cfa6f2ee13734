import { type Order, OrderEventType, OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import { type Change, checkMove } from "./change-order.ts";

/**
 * Cancels the order; its stock is given back because of the event.
 *
 * @throws ILLEGAL_STATUS_CHANGE when it has been shipped
 */
export function cancelled(order: Order, reason: string): Change {
  checkMove(order, OrderStatus.CANCELLED);
  return {
    type: OrderEventType.CANCELLED,
    order: { ...order, status: OrderStatus.CANCELLED, cancelReason: reason },
    stockTask: "release",
  };
}
