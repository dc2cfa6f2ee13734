import type { OrderEvent } from "@polywire/contract/polywire/orders/v1/order";
import type { ClientBase } from "pg";
import { type EventRow, eventOf } from "./event-row.ts";

/** Notified when events have been stamped. */
export const LOG_CHANNEL = "orders_log";

/**
 * Gives committed events that have none the next offsets, in the order of their ids. A transaction that commits late
 * is stamped late: no event is ever behind a cursor.
 *
 * It runs on the session that holds the relay's lock, so that no two can ever overlap.
 *
 * @returns the stamped events in the log's order, at most `limit`
 */
export async function stamp(session: ClientBase, epoch: string, limit: number): Promise<OrderEvent[]> {
  const { rows } = await session.query<EventRow>({ name: "stamp", text: STAMP, values: [limit] });
  return rows.map((row) => eventOf(row, epoch));
}

const STAMP = `
  WITH waiting AS (
    SELECT id, row_number() OVER (ORDER BY id) AS place
    FROM (SELECT id FROM outbox WHERE log_offset IS NULL ORDER BY id LIMIT $1) AS unstamped
  ),
  stamped AS (
    UPDATE outbox SET log_offset = head_offset + place
    FROM waiting, service_state
    WHERE outbox.id = waiting.id
    RETURNING event_id, type, order_after, log_offset, (extract(epoch FROM commit_time) * 1000000)::bigint AS commit_micros
  ),
  moved AS (
    UPDATE service_state SET head_offset = head_offset + (SELECT count(*) FROM waiting)
    WHERE EXISTS (SELECT FROM waiting)
    RETURNING pg_notify('${LOG_CHANNEL}', '')
  )
  SELECT stamped.* FROM stamped, moved ORDER BY log_offset`;
