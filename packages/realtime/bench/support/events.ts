import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type OrderEvent,
  OrderEventSchema,
  OrderEventType,
  OrderStatus,
} from "@polywire/contract/polywire/orders/v1/order";

const unitPrice = { currencyCode: "EUR", units: 4999n };

/** An order of three lines, about 1 KB in JSON. */
export function typicalEvent(number: number): OrderEvent {
  const time = timestampFromMs(1_700_000_000_000 + number);
  return create(OrderEventSchema, {
    eventId: `0d5f7a52-6a2b-4b8e-9a51-${String(number).padStart(12, "0")}`,
    type: OrderEventType.STATUS_CHANGED,
    commitTime: time,
    order: {
      orderId: "0d5f7a52-6a2b-4b8e-9a51-1f3c5a0f7d11",
      customerId: "customer-42",
      status: OrderStatus.CONFIRMED,
      lines: [1, 2, 3].map((line) => ({ sku: `SKU-0000${line}`, quantity: line, unitPrice, lineTotal: unitPrice })),
      total: unitPrice,
      version: BigInt(number),
      createTime: time,
      updateTime: time,
    },
  });
}

/** How a server is told to send: `turns` times, each in a turn of its own, `eventsPerTurn` events. */
export interface Burst {
  turns: number;
  eventsPerTurn: number;
}

/** Answers each burst that the parent process asks for, and says on which port to connect. */
export function serveBursts(port: number, send: (number: number) => void): void {
  let number = 0;
  let turns = 0;
  let eventsPerTurn = 0;
  function turn() {
    for (let event = 0; event < eventsPerTurn; event += 1) {
      number += 1;
      send(number);
    }
    turns -= 1;
    if (turns > 0) {
      setTimeout(turn, 1);
    }
  }
  process.on("message", (burst: Burst) => {
    ({ turns, eventsPerTurn } = burst);
    turn();
  });
  process.send?.({ port });
}
