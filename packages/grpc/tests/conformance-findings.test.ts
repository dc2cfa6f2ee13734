import { once } from "node:events";
import { constants, createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { Code, ConnectError, createClient, type HandlerContext } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { describe, expect, test } from "vitest";
import { createGrpcTransport, type GrpcTransportOptions } from "../src/index.ts";
import { all, errorOf, stream } from "./support/calls.ts";
import { ORDER_ID, startOrders } from "./support/orders-server.ts";
import { framed, rawCall } from "./support/raw-call.ts";

/*
 * What the public conformance suite has found (apps/conformance), small enough to find the place in the code.
 */

const GET_ORDER = "/polywire.orders.v1.OrderService/GetOrder";
const EMPTY = framed(new Uint8Array());

type Answer = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** A bare HTTP/2 server that answers every call like this, and a client of it. */
async function startBare(answer: Answer, options: Partial<GrpcTransportOptions> = {}) {
  const server = createServer();
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    stream.on("error", () => {});
    answer(stream, headers);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transport = createGrpcTransport({ address, ...options });
  return {
    client: createClient(OrderService, transport),
    async [Symbol.asyncDispose]() {
      transport.close();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}

/** Answers a call with these bytes and a status of OK. */
function answerWith(stream: ServerHttp2Stream, body: Buffer, headers: Record<string, string> = {}): void {
  stream.respond({ "content-type": "application/grpc", ...headers }, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(body);
}

describe("an error of a handler keeps the header and trailer that the handler has set", () => {
  const fail = ({ responseHeader, responseTrailer }: HandlerContext): never => {
    responseHeader.set("x-header", "head");
    responseTrailer.set("x-trailer", "tail");
    throw new ConnectError("no", Code.Aborted, { "x-metadata": "error" });
  };
  const handlers = {
    getOrder: (_: unknown, context: HandlerContext) => fail(context),
    importOrders: (_: unknown, context: HandlerContext) => fail(context),
    // biome-ignore lint/correctness/useYield: it fails before its first message
    async *watchOrders(_: unknown, context: HandlerContext) {
      fail(context);
    },
    async *fulfilOrders(_: unknown, context: HandlerContext) {
      context.responseHeader.set("x-header", "head");
      yield {};
      fail(context);
    },
  };

  test("in a unary call and a client stream, in the error's metadata", async () => {
    await using orders = await startOrders(handlers);
    for (const call of [orders.client.getOrder({ orderId: ORDER_ID }), orders.client.importOrders(stream({}))]) {
      const { code, metadata } = await errorOf(call);
      expect(code).toBe(Code.Aborted);
      expect(metadata.get("x-trailer")).toBe("tail");
      expect(metadata.get("x-metadata")).toBe("error");
    }
    const { metadata } = await errorOf(orders.client.getOrder({ orderId: ORDER_ID }));
    expect(metadata.get("x-header")).toBe("head");
  });

  test("in streams, before and after their first message", async () => {
    await using orders = await startOrders(handlers);
    let header = new Headers();
    const onHeader = (received: Headers) => {
      header = received;
    };
    const beforeFirst = await errorOf(all(orders.client.watchOrders({}, { onHeader })));
    expect([header.get("x-header"), beforeFirst.metadata.get("x-trailer")]).toEqual(["head", "tail"]);
    const afterFirst = await errorOf(all(orders.client.fulfilOrders(stream(), { onHeader })));
    expect([header.get("x-header"), afterFirst.metadata.get("x-trailer")]).toEqual(["head", "tail"]);
  });
});

test("a status of OK carries no text", async () => {
  await using orders = await startOrders({ getOrder: () => ({}) });
  const { grpcStatus, grpcMessage } = await rawCall({ port: orders.port, path: GET_ORDER, body: EMPTY });
  expect({ grpcStatus, grpcMessage }).toEqual({ grpcStatus: "0", grpcMessage: "" });
});

test("binary metadata is sent without padding, by servers and by clients", async () => {
  const seen: (string | null)[] = [];
  await using orders = await startOrders({
    getOrder(_, { requestHeader, responseTrailer }) {
      seen.push(requestHeader.get("x-bin"));
      responseTrailer.set("x-bin", "YQ==");
      return {};
    },
  });
  const { trailers } = await rawCall({ port: orders.port, path: GET_ORDER, body: EMPTY, headers: { "x-bin": "YQ" } });
  expect(trailers["x-bin"]).toBe("YQ");
  // Readers get the value padded, as every base64 decoder takes it.
  expect(seen).toEqual(["YQ=="]);

  const { promise: sent, resolve } = Promise.withResolvers<unknown>();
  await using server = await startBare((call, headers) => {
    resolve(headers["x-bin"]);
    answerWith(call, EMPTY);
  });
  await server.client.getOrder({ orderId: ORDER_ID }, { headers: { "x-bin": "YQ==" } });
  expect(await sent).toBe("YQ");
});

test("a unary call that is answered twice ends as UNIMPLEMENTED", async () => {
  await using server = await startBare((call) => answerWith(call, Buffer.concat([EMPTY, EMPTY])));
  expect(await errorOf(server.client.getOrder({ orderId: ORDER_ID }))).toMatchObject({ code: Code.Unimplemented });
});

test("a response that cannot be decompressed is INTERNAL and says so", async () => {
  const compressed = framed(Buffer.from("anything"), 1);
  await using server = await startBare((call) => answerWith(call, compressed, { "grpc-encoding": "unheard-of" }));
  const expected = { code: Code.Internal, rawMessage: "the response message cannot be decompressed" };
  expect(await errorOf(server.client.getOrder({ orderId: ORDER_ID }))).toMatchObject(expected);
  expect(await errorOf(all(server.client.watchOrders({})))).toMatchObject(expected);
});

test("a call that the server resets at its deadline is DEADLINE_EXCEEDED, whoever is first", async () => {
  await using server = await startBare((call) => {
    // Late by nothing: in some of these calls it comes before the client's own timer.
    setTimeout(() => call.close(constants.NGHTTP2_CANCEL), 50);
  });
  const calls = Array.from({ length: 20 }, () =>
    errorOf(server.client.getOrder({ orderId: ORDER_ID }, { timeoutMs: 50 })),
  );
  expect(new Set((await Promise.all(calls)).map(({ code }) => code))).toEqual(new Set([Code.DeadlineExceeded]));
});

test("a call that the server resets before its deadline is CANCELED", async () => {
  await using server = await startBare((call) => call.close(constants.NGHTTP2_CANCEL));
  const error = await errorOf(server.client.getOrder({ orderId: ORDER_ID }, { timeoutMs: 10_000 }));
  expect(error).toMatchObject({ code: Code.Canceled });
});

test.each(["gzip", "deflate"] as const)(
  "requests are compressed with %s where that is asked for",
  async (compression) => {
    const { promise: sent, resolve } = Promise.withResolvers<unknown>();
    const answer: Answer = (call, headers) =>
      call.once("data", ([flag]: Buffer) => {
        resolve({ encoding: headers["grpc-encoding"], flag });
        answerWith(call, EMPTY);
      });
    await using server = await startBare(answer, { compression });
    await server.client.getOrder({ orderId: ORDER_ID });
    expect(await sent).toEqual({ encoding: compression, flag: 1 });
  },
);

test("errors of the engine itself have no details where errorReasons is off", async () => {
  await using orders = await startOrders({}, { server: { errorReasons: false } });
  const error = await errorOf(orders.client.getOrder({ orderId: ORDER_ID }));
  expect(error).toMatchObject({ code: Code.Unimplemented, details: [] });
});
