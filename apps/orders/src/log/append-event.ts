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

/** Writes one event, as `appendEvents` does. */
export async function appendEvent(transaction: Kysely<Tables>, event: NewEvent): Promise<void> {
  await appendEvents(transaction, [event]);
}

/**
 * Writes events in the transaction of the changes that they tell of. The orders' rows must be locked by then (events of
 * one order get ids in commit order), and this must be the transaction's last statement (it takes the commit time).
 */
export async function appendEvents(transaction: Kysely<Tables>, events: readonly NewEvent[]): Promise<void> {
  await sql`
    WITH written AS (
      INSERT INTO outbox (event_id, order_id, type, order_after, commit_time, stock_task, reservation_key, stock_task_time)
      SELECT gen_random_uuid(), order_id, type, order_after, clock_timestamp(), stock_task, reservation_key,
             clock_timestamp()
      FROM unnest(
        ${events.map(({ order }) => order.orderId)}::uuid[], ${events.map(({ type }) => type)}::smallint[],
        ${events.map(({ order }) => toBinary(OrderSchema, order))}::bytea[],
        ${events.map(({ stockTask }) => stockTask ?? null)}::text[],
        ${events.map(({ reservationKey }) => reservationKey)}::text[]
      ) AS event (order_id, type, order_after, stock_task, reservation_key)
      RETURNING 1
    )
    SELECT pg_notify(${OUTBOX_CHANNEL}, '') FROM (SELECT count(*) FROM written) AS all_written`.execute(transaction);
}
