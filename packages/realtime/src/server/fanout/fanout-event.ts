import { toBinary, toJsonString } from "@bufbuild/protobuf";
import { type OrderEvent, OrderEventSchema } from "@polywire/contract/polywire/orders/v1/order";
import type { Cursor } from "@polywire/contract/polywire/type/v1/cursor";
import { makeCursor } from "../../protocol/cursor.ts";
import { formatChannel } from "../../protocol/index.ts";

/** An event on its way to many subscribers: it is written at most once in each form, however many there are. */
export interface FanoutEvent {
  /** The position to resume from. */
  readonly cursor: Cursor;
  /** Whose change it is. */
  readonly orderId: string;
  /** The channels that it is delivered on. */
  readonly channels: readonly string[];
  /** The OrderEvent as ProtoJSON in UTF-8. */
  json(): Buffer;
  /** The OrderEvent as protobuf. */
  proto(): Uint8Array;
}

/** Prepares an event of the log. It must have its position, as every event of a log has. */
export function fanoutEvent(event: OrderEvent): FanoutEvent {
  const orderId = event.order?.orderId ?? "";
  let json: Buffer | undefined;
  let proto: Uint8Array | undefined;
  return {
    cursor: event.cursor ?? makeCursor("", 0n),
    orderId,
    channels: [
      "orders",
      formatChannel({ kind: "customer", customerId: event.order?.customerId ?? "" }),
      formatChannel({ kind: "order", orderId }),
    ],
    json() {
      json ??= Buffer.from(toJsonString(OrderEventSchema, event));
      return json;
    },
    proto() {
      proto ??= toBinary(OrderEventSchema, event);
      return proto;
    },
  };
}
