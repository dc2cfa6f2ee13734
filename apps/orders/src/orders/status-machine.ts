import { OrderStatus } from "@polywire/contract/polywire/orders/v1/order";

const MOVES: ReadonlyMap<OrderStatus, readonly OrderStatus[]> = new Map<OrderStatus, readonly OrderStatus[]>([
  [OrderStatus.PENDING, [OrderStatus.CONFIRMED, OrderStatus.CANCELLED]],
  [OrderStatus.CONFIRMED, [OrderStatus.PACKED, OrderStatus.CANCELLED]],
  [OrderStatus.PACKED, [OrderStatus.SHIPPED, OrderStatus.CANCELLED]],
  [OrderStatus.SHIPPED, [OrderStatus.DELIVERED]],
]);

/** Whether an order may go from one state to the other. Staying is not a move. */
export function mayMove(from: OrderStatus, to: OrderStatus): boolean {
  return MOVES.get(from)?.includes(to) ?? false;
}

/** Whether an order in this state never changes again. */
export function isFinal(status: OrderStatus): boolean {
  return !MOVES.has(status);
}

/** The state's name in lower case, for messages. */
export function statusName(status: OrderStatus): string {
  const name = Object.entries(OrderStatus).find(([, value]) => value === status)?.[0];
  return name?.toLowerCase() ?? String(status);
}
