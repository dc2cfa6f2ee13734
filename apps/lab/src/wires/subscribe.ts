import { grpcStreamSubscriber } from "./grpc-stream-subscriber.ts";
import { sseSubscriber } from "./sse-subscriber.ts";
import type { SubscribeOptions, Subscriber } from "./subscriber.ts";
import type { PushWire } from "./wire.ts";
import { wsSubscriber } from "./ws-subscriber.ts";

const SUBSCRIBE: Record<PushWire, (options: SubscribeOptions) => Promise<Subscriber>> = {
  "ws-json": wsSubscriber,
  sse: sseSubscriber,
  "grpc-stream": grpcStreamSubscriber,
};

/** Follows a customer's orders over one wire, from now on. Resolves once every later event will be delivered. */
export function subscribe(wire: PushWire, options: SubscribeOptions): Promise<Subscriber> {
  return SUBSCRIBE[wire](options);
}
