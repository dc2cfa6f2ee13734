import { createClient } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import { splitAddress } from "../../wires/split-address.ts";
import { startOrdersBackend } from "../building-blocks/orders-backend.ts";
import { http1Client, http2Client, type PathClient } from "./clients.ts";
import { type HeldRequest, startHeldServer } from "./held-server.ts";

/** A protocol with a server whose replies wait, and a client of it. */
export interface HeldWire {
  readonly name: string;
  /** Calls that are in the server's hands at once, of so many that the client has begun. */
  inFlight(calls: number): number;
  serve(handle: (request: HeldRequest) => Promise<string>): Promise<AsyncDisposable & Endpoint>;
  connect(endpoint: Endpoint): PathClient;
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** So many connections of HTTP/1.1, one request at a time on each, as browsers do it. */
export function http1Wire(connections: number): HeldWire {
  return {
    name: connections === 1 ? "HTTP/1.1, one connection" : `HTTP/1.1, ${connections} connections`,
    inFlight: (calls) => Math.min(calls, connections),
    serve: (handle) => startHeldServer(1, handle),
    connect: (endpoint) => http1Client(endpoint, { connections, pipelining: 1 }),
  };
}

/** Node's HTTP/2, one connection. */
export const HTTP2_WIRE: HeldWire = {
  name: "HTTP/2, one connection",
  inFlight: (calls) => calls,
  serve: (handle) => startHeldServer(2, handle),
  connect: http2Client,
};

/** gRPC on grpc-js, one connection. */
export const GRPC_WIRE: HeldWire = {
  name: "gRPC, one connection",
  inFlight: (calls) => calls,
  async serve(handle) {
    const backend = await startOrdersBackend({
      getOrder: async ({ orderId }) => ({ order: { note: await handle({ path: orderId, connection: 1 }) } }),
    });
    return { ...splitAddress(backend.address), [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose]() };
  },
  connect({ host, port }) {
    const transport = createGrpcTransport({ address: `${host}:${port}` });
    const client = createClient(OrderService, transport);
    return {
      get: async (path) => (await client.getOrder({ orderId: path })).order?.note ?? "",
      [Symbol.asyncDispose]: async () => transport.close(),
    };
  },
};
