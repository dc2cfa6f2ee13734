import { once } from "node:events";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import type { OrderService, WatchOrdersResponseSchema } from "@polywire/contract/polywire/orders/v1/order_service";
import { Recovery } from "@polywire/contract/polywire/type/v1/cursor";

/** A log of events in memory that WatchOrders follows, from a cursor or from now on. */
export interface OrderLog {
  /** Adds this many events. */
  append(count: number): void;
  readonly methods: Partial<ServiceImpl<typeof OrderService>>;
}

/** The log is never reset. */
export const EPOCH = "lab";

/** An empty log. An event's offset is its place, from 1. */
export function createOrderLog(): OrderLog {
  const grown = new EventTarget();
  let head = 0;
  return {
    append(count) {
      head += count;
      grown.dispatchEvent(new Event("grown"));
    },
    methods: {
      async *watchOrders({ cursor }, { signal }): AsyncGenerator<Response> {
        let offset = cursor === undefined ? head : Number(cursor.offset);
        const recovery = cursor === undefined ? Recovery.LIVE : Recovery.RECOVERED;
        yield { message: { case: "started", value: { recovery, cursor: at(offset) } } };
        while (!signal.aborted) {
          if (offset === head) await once(grown, "grown", { signal });
          offset += 1;
          yield {
            message: { case: "event", value: { eventId: `event-${offset}`, cursor: at(offset) } },
          };
        }
      },
    },
  };
}

function at(offset: number) {
  return { epoch: EPOCH, offset: BigInt(offset) };
}

type Response = MessageInitShape<typeof WatchOrdersResponseSchema>;
