import { toJsonString } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { startConnectServers } from "@polywire/connect";
import { type Order, OrderSchema } from "@polywire/contract/polywire/orders/v1/order";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { implement } from "@polywire/rpc";
import { restH1Client, restH2Client } from "../../wires/rest-client.ts";
import { callHeaders, present, rpcClient } from "../../wires/rpc-client.ts";
import { splitAddress } from "../../wires/split-address.ts";
import type { ClientOptions } from "../../wires/wire.ts";
import { startHeldServer } from "../33-head-of-line-blocking/held-server.ts";
import { startOrdersBackend } from "../building-blocks/orders-backend.ts";

/** Answers with an order, when it likes. */
export type ReadOrder = (orderId: string) => Promise<Order>;

/** A version of HTTP and a codec, with a server and a client of them. */
export interface CallWire {
  readonly name: string;
  readonly http: 1 | 2;
  readonly codec: "JSON" | "protobuf";
  serve(read: ReadOrder): Promise<AsyncDisposable & Endpoint>;
  connect(options: ClientOptions): OrderReader;
}

/** The call that is compared. */
export interface OrderReader extends AsyncDisposable {
  getOrder(orderId: string): Promise<Order>;
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** gRPC on grpc-js. */
export const GRPC: CallWire = {
  ...{ name: "gRPC on HTTP/2", http: 2, codec: "protobuf" },
  serve: serveGrpc,
  connect: rpcClient("grpc"),
};

/** The same call on each version of HTTP with each codec, and gRPC. */
export const CALL_WIRES: readonly CallWire[] = [
  { name: "REST on HTTP/1.1", http: 1, codec: "JSON", serve: serveRest(1), connect: restH1Client },
  {
    name: "Connect on HTTP/1.1",
    http: 1,
    codec: "protobuf",
    serve: serveConnect("port"),
    connect: rpcClient("connect-binary"),
  },
  { name: "REST on HTTP/2", http: 2, codec: "JSON", serve: serveRest(2), connect: restH2Client },
  {
    name: "Connect on HTTP/2",
    http: 2,
    codec: "protobuf",
    serve: serveConnect("h2Port"),
    connect: connectH2Client,
  },
  GRPC,
];

function serveRest(http: 1 | 2): CallWire["serve"] {
  return (read) =>
    startHeldServer(http, async ({ path }) =>
      toJsonString(OrderSchema, await read(path.slice(path.lastIndexOf("/") + 1))),
    );
}

async function serveGrpc(read: ReadOrder) {
  const backend = await startOrdersBackend({ getOrder: async ({ orderId }) => ({ order: await read(orderId) }) });
  return { ...splitAddress(backend.address), [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose]() };
}

function serveConnect(which: "port" | "h2Port"): CallWire["serve"] {
  return async (read) => {
    const getOrder = async ({ orderId }: { readonly orderId: string }) => ({ order: await read(orderId) });
    const host = "127.0.0.1";
    const servers = await startConnectServers({ host, services: [implement(OrderService, { getOrder })] });
    return { host, port: servers[which], [Symbol.asyncDispose]: () => servers.drain(0) };
  };
}

/** Connect's protobuf over one connection of HTTP/2; the lab's wires have it over HTTP/1.1. */
function connectH2Client({ host, port, token }: ClientOptions): OrderReader {
  const baseUrl = `http://${host}:${port}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  const transport = createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true, sessionManager });
  const client = createClient(OrderService, transport);
  return {
    getOrder: async (orderId) => present((await client.getOrder({ orderId }, { headers: callHeaders(token) })).order),
    [Symbol.asyncDispose]: async () => sessionManager.abort(),
  };
}
