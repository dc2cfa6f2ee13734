import { create, fromBinary } from "@bufbuild/protobuf";
import {
  type OrderEvent,
  OrderEventSchema,
  type OrderEventType,
  OrderSchema,
} from "@polywire/contract/polywire/orders/v1/order";
import { makeCursor } from "@polywire/realtime/protocol";
import { micros, timestampOf } from "../schema/micros.ts";

/** What every query that returns stamped events selects. */
export const eventColumns = [
  "event_id",
  "type",
  "order_after",
  "log_offset",
  micros("commit_time").as("commit_micros"),
] as const;

/** A row of `eventColumns`. */
export interface EventRow {
  event_id: string;
  type: OrderEventType;
  order_after: Uint8Array;
  log_offset: bigint | null;
  commit_micros: bigint;
}

/** The event that a stamped row holds. */
export function eventOf(row: EventRow, epoch: string): OrderEvent {
  if (row.log_offset === null) throw new Error(`event ${row.event_id} has no offset yet`);
  return create(OrderEventSchema, {
    eventId: row.event_id,
    cursor: makeCursor(epoch, row.log_offset),
    type: row.type,
    order: fromBinary(OrderSchema, row.order_after),
    commitTime: timestampOf(row.commit_micros),
  });
}
