import { once } from "node:events";
import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { Code, createClient, type ServiceImpl, type Transport } from "@connectrpc/connect";
import {
  connectNodeAdapter,
  createGrpcTransport as createConnectNodeTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { badRequest, errorDetails, rpcError } from "@polywire/rpc";
import { describe, expect, test } from "vitest";
import { createGrpcTransport } from "../src/index.ts";
import { all, errorOf, stream } from "./support/calls.ts";
import { ORDER_ID, startOrders } from "./support/orders-server.ts";

const TEXT = "größer als 100%: a/b?c=d";

const implementation: Partial<ServiceImpl<typeof OrderService>> = {
  getOrder: ({ orderId }, context) => {
    if (orderId === "") throw badRequest([{ field: "order_id", rule: "required", description: TEXT }]);
    context.responseHeader.set("x-answer", context.requestHeader.get("x-question") ?? "");
    context.responseTrailer.set("x-last", String((context.timeoutMs() ?? 0) > 1000));
    return { order: { orderId } };
  },
  async *watchOrders() {
    yield {};
    yield {};
    throw rpcError("DRAINING", "shutting down");
  },
  importOrders: async (requests) => ({ storedOrders: BigInt((await all(requests)).length) }),
  async *fulfilOrders(requests) {
    for await (const _ of requests) yield {};
  },
};

/** connect-node as the client, our server. */
async function connectClient() {
  const orders = await startOrders(implementation);
  const sessionManager = new Http2SessionManager(`http://${orders.address}`);
  const transport = createConnectNodeTransport({ baseUrl: `http://${orders.address}`, sessionManager });
  return {
    transport,
    async [Symbol.asyncDispose]() {
      sessionManager.abort();
      await orders[Symbol.asyncDispose]();
    },
  };
}

/** Our transport, connect-node as the server. */
async function connectServer() {
  const adapter = connectNodeAdapter({ routes: (router) => void router.service(OrderService, implementation) });
  const server: Http2Server = createServer(adapter).listen(0, "127.0.0.1");
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  await once(server, "listening");
  const transport = createGrpcTransport({ address: `127.0.0.1:${(server.address() as AddressInfo).port}` });
  return {
    transport: transport as Transport,
    async [Symbol.asyncDispose]() {
      transport.close();
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

describe.each([
  ["connect-node's gRPC client with our server", connectClient],
  ["our client with connect-node's gRPC server", connectServer],
])("%s", (_title, start) => {
  test("unary, with headers, trailers and deadline", async () => {
    await using peer = await start();
    const received: (string | null)[] = [];
    const { order } = await createClient(OrderService, peer.transport).getOrder(
      { orderId: ORDER_ID },
      {
        headers: { "x-question": "why" },
        timeoutMs: 5000,
        onHeader: (header) => received.push(header.get("x-answer")),
        onTrailer: (trailer) => received.push(trailer.get("x-last")),
      },
    );
    expect([order?.orderId, ...received]).toEqual([ORDER_ID, "why", "true"]);
  });

  test("an error with its details and text", async () => {
    await using peer = await start();
    const error = await errorOf(createClient(OrderService, peer.transport).getOrder({}));
    expect([error.code, error.rawMessage]).toEqual([Code.InvalidArgument, `order_id: ${TEXT}`]);
    expect(errorDetails(error).fieldViolations).toEqual([{ field: "order_id", rule: "required", description: TEXT }]);
  });

  test("a server stream that ends with an error", async () => {
    await using peer = await start();
    let messages = 0;
    const reading = (async () => {
      for await (const _ of createClient(OrderService, peer.transport).watchOrders({})) messages += 1;
    })();
    expect(errorDetails(await errorOf(reading)).reason).toBe("DRAINING");
    expect(messages).toBe(2);
  });

  test("a client stream and a conversation", async () => {
    await using peer = await start();
    const client = createClient(OrderService, peer.transport);
    expect((await client.importOrders(stream({}, {}, {}))).storedOrders).toBe(3n);
    expect(await all(client.fulfilOrders(stream({}, {})))).toHaveLength(2);
  });

  test("a method that is not there", async () => {
    await using peer = await start();
    const error = await errorOf(createClient(OrderService, peer.transport).cancelOrder({}));
    expect(error.code).toBe(Code.Unimplemented);
  });
});
