import { once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { GetOrderRequestSchema } from "@polywire/contract/polywire/orders/v1/order_service";
import { accessLog, type CallRecord, errorDetails, recovery } from "@polywire/rpc";
import { describe, expect, test, vi } from "vitest";
import { fromWire } from "../src/errors.ts";
import { toMetadata } from "../src/metadata.ts";
import { all, errorOf, stream } from "./support/calls.ts";
import { startOrders } from "./support/orders-server.ts";
import { framed, type RawAnswer, rawCall } from "./support/raw-call.ts";

const SERVICE = "/polywire.orders.v1.OrderService";
// Field 0 of wire type 7: there is neither.
const MALFORMED = framed(Uint8Array.of(0x07));
const VALID = framed(toBinary(GetOrderRequestSchema, create(GetOrderRequestSchema, { orderId: "x" })));

const reading = {
  getOrder: () => ({}),
  async *watchOrders() {},
  importOrders: async (requests: AsyncIterable<unknown>) => {
    await all(requests);
    return {};
  },
  async *fulfilOrders(requests: AsyncIterable<unknown>) {
    yield* stream<object>();
    await all(requests);
  },
};

function reasonOf({ trailers, headers }: RawAnswer): string | undefined {
  const encoded = (trailers["grpc-status-details-bin"] ?? headers["grpc-status-details-bin"])?.toString() ?? "";
  const metadata = new Headers({ "grpc-status-details-bin": encoded });
  const code = Number(trailers["grpc-status"] ?? headers["grpc-status"]);
  return errorDetails(fromWire({ code, details: "", metadata: toMetadata(metadata) })).reason;
}

describe.each(["GetOrder", "WatchOrders", "ImportOrders", "FulfilOrders"])("malformed bytes for %s", (method) => {
  test("are INVALID_ARGUMENT with the reason MALFORMED_REQUEST and no internal text", async () => {
    const records: CallRecord[] = [];
    const interceptors = [accessLog({ log: (record) => records.push(record) }), recovery];
    await using orders = await startOrders(reading, { interceptors });
    const answer = await rawCall({ port: orders.port, path: `${SERVICE}/${method}`, body: MALFORMED });
    expect([answer.grpcStatus, reasonOf(answer)]).toEqual([String(Code.InvalidArgument), "MALFORMED_REQUEST"]);
    expect(decodeURIComponent(answer.grpcMessage ?? "")).toBe("the request message cannot be decoded");
    expect(records).toMatchObject([{ reason: "MALFORMED_REQUEST" }]);
  });

  test("are so without any interceptor", async () => {
    await using orders = await startOrders(reading);
    const answer = await rawCall({ port: orders.port, path: `${SERVICE}/${method}`, body: MALFORMED });
    expect(reasonOf(answer)).toBe("MALFORMED_REQUEST");
  });
});

test("a message that cannot be decompressed is MALFORMED_REQUEST", async () => {
  await using orders = await startOrders(reading);
  const call = { port: orders.port, path: `${SERVICE}/GetOrder`, headers: { "grpc-encoding": "gzip" } };
  const answer = await rawCall({ ...call, body: framed(Buffer.from("not gzip"), 1) });
  expect([answer.grpcStatus, reasonOf(answer)]).toEqual([String(Code.InvalidArgument), "MALFORMED_REQUEST"]);
  const fine = await rawCall({ ...call, body: framed(gzipSync(VALID.subarray(5)), 1) });
  expect(fine.grpcStatus).toBe("0");
});

test("a path that nobody serves is UNIMPLEMENTED", async () => {
  await using orders = await startOrders(reading);
  for (const path of [`${SERVICE}/Nothing`, "/a.B/C", "/"]) {
    const { grpcStatus } = await rawCall({ port: orders.port, path, body: VALID });
    expect(grpcStatus).toBe(String(Code.Unimplemented));
  }
});

test("another content type is refused by HTTP status", async () => {
  await using orders = await startOrders(reading);
  const headers = { "content-type": "application/json" };
  expect((await rawCall({ port: orders.port, path: `${SERVICE}/GetOrder`, body: VALID, headers })).status).toBe(415);
});

test("a unary call without a message ends", async () => {
  await using orders = await startOrders(reading);
  const { grpcStatus } = await rawCall({ port: orders.port, path: `${SERVICE}/GetOrder`, body: Buffer.alloc(0) });
  expect(grpcStatus).toBe(String(Code.Unimplemented));
});

describe("a message beyond the limit is RESOURCE_EXHAUSTED", () => {
  const note = "x".repeat(2000);

  test("as a request, with the reason REQUEST_TOO_LARGE, and the server goes on", async () => {
    await using orders = await startOrders(reading, { server: { maxReceiveBytes: 1000 } });
    const errors = [
      await errorOf(orders.client.createOrder({ note })),
      await errorOf(orders.client.importOrders(stream({ order: { note } }))),
      await errorOf(all(orders.client.watchOrders({ orderIds: [note] }))),
    ];
    expect(errors.map((error) => [error.code, errorDetails(error).reason])).toEqual(
      Array(3).fill([Code.ResourceExhausted, "REQUEST_TOO_LARGE"]),
    );
    await orders.client.getOrder({});
  });

  test("as a compressed request that grows beyond it", async () => {
    await using orders = await startOrders(reading, {
      server: { maxReceiveBytes: 1000 },
      transport: { compression: "gzip" },
    });
    const error = await errorOf(orders.client.createOrder({ note: "x".repeat(100_000) }));
    expect(errorDetails(error).reason).toBe("REQUEST_TOO_LARGE");
  });

  test("as a response of the server, with the reason RESPONSE_TOO_LARGE", async () => {
    const answer = { order: { note } };
    const watching = async function* () {
      yield { message: { case: "event" as const, value: answer } };
    };
    await using orders = await startOrders(
      { getOrder: () => answer, watchOrders: watching },
      { server: { maxSendBytes: 1000 } },
    );
    const errors = [await errorOf(orders.client.getOrder({})), await errorOf(all(orders.client.watchOrders({})))];
    expect(errors.map((error) => errorDetails(error).reason)).toEqual(Array(2).fill("RESPONSE_TOO_LARGE"));
  });

  test("as a response that the client refuses, or a request that it does not send", async () => {
    await using orders = await startOrders(
      { getOrder: () => ({ order: { note } }) },
      { transport: { maxReceiveBytes: 1000, maxSendBytes: 1000 } },
    );
    expect((await errorOf(orders.client.getOrder({}))).code).toBe(Code.ResourceExhausted);
    expect((await errorOf(orders.client.createOrder({ note }))).code).toBe(Code.ResourceExhausted);
  });
});

test("a grpc-timeout that cannot be read is MALFORMED_REQUEST", async () => {
  await using orders = await startOrders(reading);
  const headers = { "grpc-timeout": "soon" };
  const answer = await rawCall({ port: orders.port, path: `${SERVICE}/GetOrder`, body: VALID, headers });
  expect([answer.grpcStatus, reasonOf(answer)]).toEqual([String(Code.InvalidArgument), "MALFORMED_REQUEST"]);
});

/** A call whose message never comes whole. */
const unfinished = (port: number, method: string): Promise<RawAnswer> =>
  rawCall({ port, path: `${SERVICE}/${method}`, body: VALID.subarray(0, 4), end: false });

test.each(["GetOrder", "WatchOrders"])(
  "requestTimeoutMs ends a call of %s whose message does not come as DEADLINE_EXCEEDED",
  async (method) => {
    await using orders = await startOrders(reading, { server: { requestTimeoutMs: 50 } });
    const answer = await unfinished(orders.port, method);
    expect([answer.grpcStatus, reasonOf(answer)]).toEqual([String(Code.DeadlineExceeded), "DEADLINE_PASSED"]);
    await orders.client.getOrder({});
  },
);

test("requestTimeoutMs does not bound calls whose request has come, or streams", async () => {
  const served = Promise.withResolvers<object>();
  const implementation = { ...reading, getOrder: () => served.promise };
  await using orders = await startOrders(implementation, { server: { requestTimeoutMs: 20 } });
  const unary = orders.client.getOrder({});
  async function* slow() {
    await unfinished(orders.port, "GetOrder");
    yield {};
  }
  await orders.client.importOrders(slow());
  served.resolve({});
  await unary;
});

async function open(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

test("maxConnections closes further ones at once, and onRefusedConnection hears of them", async () => {
  const onRefusedConnection = vi.fn();
  await using orders = await startOrders(reading, { server: { maxConnections: 2, onRefusedConnection } });
  const sockets = [await open(orders.port), await open(orders.port)];
  const third = await open(orders.port);
  await once(third, "close");
  expect(onRefusedConnection).toHaveBeenCalledExactlyOnceWith("limit");
  for (const socket of sockets) socket.destroy();
});

test("onRefusedConnection hears of a connection that does not speak HTTP/2, and the server goes on", async () => {
  const onRefusedConnection = vi.fn();
  await using orders = await startOrders(reading, { server: { onRefusedConnection } });
  const socket = await open(orders.port);
  socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await text(socket).catch(() => undefined);
  expect(onRefusedConnection).toHaveBeenCalledExactlyOnceWith("protocol");
  await orders.client.getOrder({});
});

/** How many calls of a client that reads no answer are let in, of 40 whose answers have 100 KB each. */
async function letIn(port: number): Promise<number> {
  const session = connectHttp2(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 0 } });
  try {
    for (let calls = 0; ; calls += 1) {
      if (calls === 40) return calls;
      const stream = session.request({
        ":method": "POST",
        ":path": `${SERVICE}/GetOrder`,
        te: "trailers",
        "content-type": "application/grpc",
      });
      stream.on("error", () => undefined);
      stream.end(VALID);
      await new Promise((answered) => stream.once("response", answered).once("close", answered));
      if (!stream.closed) continue;
      expect(stream.rstCode).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      return calls;
    }
  } finally {
    session.destroy();
  }
}

test("maxConnectionMiB refuses calls of a client that does not read its answers, and others are served", async () => {
  const implementation = { getOrder: () => ({ order: { note: "x".repeat(100_000) } }) };
  await using small = await startOrders(implementation, { server: { maxConnectionMiB: 1 } });
  const calls = await letIn(small.port);
  expect(calls).toBeGreaterThan(5);
  expect(calls).toBeLessThan(20);
  await small.client.getOrder({});
  await using large = await startOrders(implementation);
  expect(await letIn(large.port)).toBe(40);
});
