import type { OrderEvent } from "@polywire/contract/polywire/orders/v1/order";
import type { ClientOptions } from "./wire.ts";

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
