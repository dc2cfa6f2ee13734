import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import type { Order } from "@polywire/contract/polywire/orders/v1/order";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import type { CallOptions, ClientOptions, OrderClient } from "./wire.ts";

/** gRPC over one HTTP/2 connection (grpc-js). */
export function grpcClient(options: ClientOptions): OrderClient {
  const transport = createGrpcTransport({ address: `${options.host}:${options.port}` });
  return rpcClient(transport, { ...options, close: () => transport.close() });
}

/** gRPC-Web as a browser sends it without TLS: over HTTP/1.1. */
export function grpcWebClient(options: ClientOptions): OrderClient {
  const transport = createGrpcWebTransport({ baseUrl: baseUrl(options), httpVersion: "1.1", useBinaryFormat: true });
  return rpcClient(transport, options);
}

/** Connect with JSON bodies over HTTP/1.1. */
export function connectJsonClient(options: ClientOptions): OrderClient {
  return rpcClient(
    createConnectTransport({ baseUrl: baseUrl(options), httpVersion: "1.1", useBinaryFormat: false }),
    options,
  );
}

/** Connect with protobuf bodies over HTTP/1.1. */
export function connectBinaryClient(options: ClientOptions): OrderClient {
  return rpcClient(
    createConnectTransport({ baseUrl: baseUrl(options), httpVersion: "1.1", useBinaryFormat: true }),
    options,
  );
}

const baseUrl = ({ host, port }: ClientOptions): string => `http://${host}:${port}`;

function rpcClient(transport: Transport, options: { token: string; close?: () => void }): OrderClient {
  const client: Client<typeof OrderService> = createClient(OrderService, transport);
  const headers = { authorization: `Bearer ${options.token}` };
  const call = (callOptions: CallOptions = {}) => ({ ...callOptions, headers });
  return {
    createOrder: async (request, callOptions) => present((await client.createOrder(request, call(callOptions))).order),
    getOrder: async (orderId, callOptions) => present((await client.getOrder({ orderId }, call(callOptions))).order),
    cancelOrder: async (request, callOptions) => present((await client.cancelOrder(request, call(callOptions))).order),
    [Symbol.asyncDispose]: async () => options.close?.(),
  };
}

/** The order of a response, which a correct server never leaves out. */
export function present(order: Order | undefined): Order {
  if (order === undefined) throw new Error("the response holds no order");
  return order;
}
