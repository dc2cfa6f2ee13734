import { randomUUID } from "node:crypto";
import { toBinary } from "@bufbuild/protobuf";
import { type Order, type OrderEventType, OrderSchema } from "@polywire/contract/polywire/orders/v1/order";
import { type Kysely, sql } from "kysely";
import type { StockTask, Tables } from "../schema/tables.ts";

/** Notified by every transaction that writes an event. */
export const OUTBOX_CHANNEL = "orders_outbox";

/** An event to be written. */
export interface NewEvent {
  type: OrderEventType;
  /** The order after the change. */
  order: Order;
  /** What inventory has to be told because of it. */
  stockTask?: StockTask;
  /** What the order's stock is held under. */
  reservationKey: string;
}

/**
 * Writes an event in the transaction of the change that it tells of. The order's row must be locked by then (events of
 * one order get ids in commit order), and this must be the transaction's last statement (it takes the commit time).
 */
export async function appendEvent(transaction: Kysely<Tables>, event: NewEvent): Promise<void> {
  const { type, order, stockTask } = event;
  await sql`
    WITH event AS (
      INSERT INTO outbox (event_id, order_id, type, order_after, commit_time, stock_task, reservation_key, stock_task_time)
      VALUES (${randomUUID()}, ${order.orderId}, ${type}, ${Buffer.from(toBinary(OrderSchema, order))},
              clock_timestamp(), ${stockTask ?? null}, ${event.reservationKey}, clock_timestamp())
      RETURNING 1
    )
    SELECT pg_notify(${OUTBOX_CHANNEL}, '') FROM event`.execute(transaction);
}
