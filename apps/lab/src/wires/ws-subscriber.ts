import type { SubscribeOptions, Subscriber } from "./subscriber.ts";
import { openWs } from "./ws-connection.ts";

/** A channel subscription over a WebSocket. */
export async function wsSubscriber({ customerId, onEvent, ...client }: SubscribeOptions): Promise<Subscriber> {
  const subscribed = Promise.withResolvers<void>();
  const connection = await openWs(client, ({ message }) => {
    if (message.case === "subscribed") subscribed.resolve();
    if (message.case === "error")
      subscribed.reject(new Error(`the subscription was refused: ${message.value.message}`));
    if (message.case === "event" && message.value.payload.case === "orderEvent") onEvent(message.value.payload.value);
  });
  connection.failure.catch(subscribed.reject);
  connection.send({
    requestId: 1,
    request: { case: "subscribe", value: { channel: `orders.customer.${customerId}` } },
  });
  await subscribed.promise;
  return connection;
}
