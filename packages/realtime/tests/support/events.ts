import { create } from "@bufbuild/protobuf";
import { type OrderEvent, OrderEventSchema, OrderEventType } from "@polywire/contract/polywire/orders/v1/order";

/** An order id that ends in a number. */
export function orderIdOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

/** An event without a position. */
export function orderEvent(
  eventId: string,
  order: { customerId?: string; number?: number; note?: string } = {},
): OrderEvent {
  const { customerId = "ada", number = 1, note = "" } = order;
  return create(OrderEventSchema, {
    eventId,
    type: OrderEventType.UPDATED,
    order: { orderId: orderIdOf(number), customerId, note },
  });
}
