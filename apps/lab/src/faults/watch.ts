import type { MessageInitShape } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import type { OrderEvent } from "@polywire/contract/polywire/orders/v1/order";
import { OrderService, type WatchOrdersRequestSchema } from "@polywire/contract/polywire/orders/v1/order_service";
import type { Cursor } from "@polywire/contract/polywire/type/v1/cursor";
import { callHeaders } from "../wires/rpc-client.ts";
import { wordFor } from "./words.ts";

/** A stream of a customer's orders, without any repair: what a fault does to it is seen. */
export interface Watch extends Disposable {
  /** Where it began. */
  readonly cursor: Cursor | undefined;
  /** What it told so far. */
  readonly events: readonly OrderEvent[];
  /** Resolves with a word when it ends. */
  readonly ended: Promise<string>;
}

/** Begins a stream over this transport and resolves when it has begun. */
export async function openWatch(
  transport: Transport,
  token: string,
  request: MessageInitShape<typeof WatchOrdersRequestSchema> = {},
): Promise<Watch> {
  const controller = new AbortController();
  const stream = createClient(OrderService, transport)
    .watchOrders(request, { headers: callHeaders(token), signal: controller.signal })
    [Symbol.asyncIterator]();
  const first = await stream.next();
  if (first.done || first.value.message.case !== "started") throw new Error("WatchOrders did not begin with `started`");
  const events: OrderEvent[] = [];
  const read = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await stream.next();
      if (done) return;
      if (value.message.case === "event") events.push(value.message.value);
    }
  };
  return {
    cursor: first.value.message.value.cursor,
    events,
    ended: wordFor(read()),
    [Symbol.dispose]: () => controller.abort(),
  };
}
