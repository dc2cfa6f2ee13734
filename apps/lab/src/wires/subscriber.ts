import type { OrderEvent } from "@polywire/contract/polywire/orders/v1/order";
import { grpcStreamSubscriber } from "./grpc-stream-subscriber.ts";
import { sseSubscriber } from "./sse-subscriber.ts";
import type { ClientOptions, PushWire } from "./wire.ts";
import { wsSubscriber } from "./ws-subscriber.ts";

/** What a subscriber is told. */
export interface SubscribeOptions extends ClientOptions {
  /** Whose orders; the token must be this customer's. */
  readonly customerId: string;
  readonly onEvent: (event: OrderEvent) => void;
}

/** A running subscription. */
export interface Subscriber extends AsyncDisposable {
  /** Rejects when the subscription ends although nobody closed it; never resolves. */
  readonly failure: Promise<never>;
}

const SUBSCRIBE: Record<PushWire, (options: SubscribeOptions) => Promise<Subscriber>> = {
  "ws-json": wsSubscriber,
  sse: sseSubscriber,
  "grpc-stream": grpcStreamSubscriber,
};

/** Follows a customer's orders over one wire, from now on. Resolves once every later event will be delivered. */
export function subscribe(wire: PushWire, options: SubscribeOptions): Promise<Subscriber> {
  return SUBSCRIBE[wire](options);
}
