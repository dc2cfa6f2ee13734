import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Order } from "@polywire/contract/polywire/orders/v1/order";
import type {
  CancelOrderRequestSchema,
  CreateOrderRequestSchema,
} from "@polywire/contract/polywire/orders/v1/order_service";

/** The wires that carry calls, in the order in which they are shown. */
export const CALL_WIRES = [
  "rest-h1",
  "rest-h2",
  "grpc",
  "grpc-web",
  "connect-json",
  "connect-binary",
  "ws-json",
] as const;
export type CallWire = (typeof CALL_WIRES)[number];

/** The wires that push events, in the order in which they are shown. */
export const PUSH_WIRES = ["ws-json", "sse", "grpc-stream"] as const;
export type PushWire = (typeof PUSH_WIRES)[number];

/** How one call is made. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** How long the caller waits; sent on the wire as the wire does it. */
  readonly timeoutMs?: number;
  /** Sent as `x-request-id`, by which the call is found again behind; a WebSocket's frames have no place for it. */
  readonly requestId?: string;
}

/**
 * The order service as one wire shows it. Every wire answers the same `Order` and throws the same `ConnectError`, so
 * that wires can be exchanged for one another; that they really do is what the parity check finds out.
 */
export interface OrderClient extends AsyncDisposable {
  createOrder(request: MessageInitShape<typeof CreateOrderRequestSchema>, options?: CallOptions): Promise<Order>;
  getOrder(orderId: string, options?: CallOptions): Promise<Order>;
  cancelOrder(request: MessageInitShape<typeof CancelOrderRequestSchema>, options?: CallOptions): Promise<Order>;
}

/** Where a client connects and who it is. */
export interface ClientOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string;
}
