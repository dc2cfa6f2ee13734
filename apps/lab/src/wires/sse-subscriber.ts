import { request } from "node:http";
import { fromJsonString } from "@bufbuild/protobuf";
import { ServerFrameSchema } from "@polywire/contract/polywire/realtime/v1/frames";
import { createParser } from "eventsource-parser";
import type { SubscribeOptions, Subscriber } from "./subscriber.ts";

/** Server-sent events from a realtime node. */
export async function sseSubscriber({ host, port, token, ...options }: SubscribeOptions): Promise<Subscriber> {
  const started = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(started.reject);
  const parser = createParser({
    onEvent: ({ data }) => {
      const { message } = fromJsonString(ServerFrameSchema, data);
      if (message.case === "subscribed") started.resolve();
      if (message.case === "event" && message.value.payload.case === "orderEvent")
        options.onEvent(message.value.payload.value);
    },
  });
  const path = `/rt/sse?channel=${encodeURIComponent(`orders.customer.${options.customerId}`)}`;
  const outgoing = request({ host, port, path, headers: { authorization: `Bearer ${token}` } }, (incoming) => {
    if (incoming.statusCode !== 200) ended.reject(new Error(`${path} answered ${incoming.statusCode}`));
    incoming.setEncoding("utf8");
    incoming.on("data", (chunk: string) => parser.feed(chunk));
    incoming.on("close", () => ended.reject(new Error("the event stream ended")));
  });
  outgoing.on("error", ended.reject);
  outgoing.end();
  await started.promise;
  return { failure: ended.promise, [Symbol.asyncDispose]: async () => void outgoing.destroy() };
}
