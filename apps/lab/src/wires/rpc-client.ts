import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import type { Order } from "@polywire/contract/polywire/orders/v1/order";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import type { CallOptions, ClientOptions, OrderClient } from "./wire.ts";

/** The wires on which every method of every service is called by its name. */
export const RPC_WIRES = ["grpc", "grpc-web", "connect-json", "connect-binary"] as const;
export type RpcWire = (typeof RPC_WIRES)[number];

/** A transport and how to let go of it. */
export interface RpcTransport {
  readonly transport: Transport;
  close(): void;
}

const TRANSPORTS: Record<RpcWire, (options: ClientOptions) => RpcTransport> = {
  // Over one HTTP/2 connection (grpc-js).
  grpc: ({ host, port }) => {
    const transport = createGrpcTransport({ address: `${host}:${port}` });
    return { transport, close: () => transport.close() };
  },
  // As a browser sends it without TLS: over HTTP/1.1.
  "grpc-web": (options) =>
    closedByItself(createGrpcWebTransport({ baseUrl: baseUrl(options), httpVersion: "1.1", useBinaryFormat: true })),
  // Over HTTP/1.1.
  "connect-json": (options) =>
    closedByItself(createConnectTransport({ baseUrl: baseUrl(options), httpVersion: "1.1", useBinaryFormat: false })),
  "connect-binary": (options) =>
    closedByItself(createConnectTransport({ baseUrl: baseUrl(options), httpVersion: "1.1", useBinaryFormat: true })),
};

/** Opens the transport of a wire. */
export function rpcTransport(wire: RpcWire, options: ClientOptions): RpcTransport {
  return TRANSPORTS[wire](options);
}

/** The order service over one of these wires. */
export const rpcClient =
  (wire: RpcWire) =>
  (options: ClientOptions): OrderClient => {
    const { transport, close } = rpcTransport(wire, options);
    return orderClient(transport, { token: options.token, close });
  };

/** Connections of HTTP/1.1 that are kept alive hold no process open. */
function closedByItself(transport: Transport): RpcTransport {
  return { transport, close: () => undefined };
}

const baseUrl = ({ host, port }: ClientOptions): string => `http://${host}:${port}`;

function orderClient(transport: Transport, options: { token: string; close: () => void }): OrderClient {
  const client: Client<typeof OrderService> = createClient(OrderService, transport);
  const call = ({ requestId, ...callOptions }: CallOptions = {}) => ({
    ...callOptions,
    headers: callHeaders(options.token, requestId),
  });
  return {
    createOrder: async (request, callOptions) => present((await client.createOrder(request, call(callOptions))).order),
    getOrder: async (orderId, callOptions) => present((await client.getOrder({ orderId }, call(callOptions))).order),
    cancelOrder: async (request, callOptions) => present((await client.cancelOrder(request, call(callOptions))).order),
    [Symbol.asyncDispose]: async () => options.close(),
  };
}

/** What a call of ours says of itself in its headers. */
export function callHeaders(token: string, requestId?: string): Record<string, string> {
  return { authorization: `Bearer ${token}`, ...(requestId !== undefined && { "x-request-id": requestId }) };
}

/** The order of a response, which a correct server never leaves out. */
export function present(order: Order | undefined): Order {
  if (order === undefined) throw new Error("the response holds no order");
  return order;
}
