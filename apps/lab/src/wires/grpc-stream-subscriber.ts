import { createClient } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import type { SubscribeOptions, Subscriber } from "./subscriber.ts";

/** WatchOrders, a gRPC server stream. */
export async function grpcStreamSubscriber({ host, port, token, onEvent }: SubscribeOptions): Promise<Subscriber> {
  const transport = createGrpcTransport({ address: `${host}:${port}` });
  const controller = new AbortController();
  const messages = createClient(OrderService, transport)
    .watchOrders({}, { signal: controller.signal, headers: { authorization: `Bearer ${token}` } })
    [Symbol.asyncIterator]();
  const first = await messages.next();
  if (first.done || first.value.message.case !== "started") throw new Error("WatchOrders did not begin with `started`");
  const pump = async (): Promise<never> => {
    for (;;) {
      const { done, value } = await messages.next();
      if (done) throw new Error("WatchOrders ended");
      if (value.message.case === "event") onEvent(value.message.value);
    }
  };
  const failure = pump();
  failure.catch(() => undefined);
  return {
    failure,
    [Symbol.asyncDispose]: async () => {
      controller.abort();
      transport.close();
    },
  };
}
