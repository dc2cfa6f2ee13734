import { createClient } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@polywire/contract/grpc/health/v1/health";
import { createHealth } from "@polywire/rpc";
import { expect, test } from "vitest";
import { createGrpcServer, createGrpcTransport } from "../src/index.ts";
import { all, stream } from "./support/calls.ts";
import { ORDER_ID, startOrders } from "./support/orders-server.ts";

const heartbeat = (offset: number) => ({
  message: { case: "heartbeat" as const, value: { epoch: "e", offset: BigInt(offset) } },
});

test("createGrpcServer serves a unary call with headers and trailers both ways", async () => {
  await using orders = await startOrders({
    getOrder: ({ orderId }, context) => {
      context.responseHeader.set("x-answer", context.requestHeader.get("x-question") ?? "none");
      context.responseHeader.set("x-bytes-bin", context.requestHeader.get("x-bytes-bin") ?? "none");
      context.responseTrailer.set("x-last", "Grüße");
      return { order: { orderId } };
    },
  });
  const received: Record<string, Headers> = {};
  const { order } = await orders.client.getOrder(
    { orderId: ORDER_ID },
    {
      headers: { "x-question": "why", "x-bytes-bin": "AAEC/w" },
      onHeader: (header) => (received.header = header),
      onTrailer: (trailer) => (received.trailer = trailer),
    },
  );
  expect(order?.orderId).toBe(ORDER_ID);
  expect(received.header?.get("x-answer")).toBe("why");
  expect(Buffer.from(received.header?.get("x-bytes-bin") ?? "", "base64")).toEqual(Buffer.from([0, 1, 2, 255]));
  expect(decodeURIComponent(received.trailer?.get("x-last") ?? "")).toBe("Grüße");
});

test("createGrpcServer serves a server stream in order, with headers and trailers", async () => {
  await using orders = await startOrders({
    async *watchOrders(_request, context) {
      context.responseHeader.set("x-answer", "yes");
      for (let offset = 0; offset < 50; offset += 1) yield heartbeat(offset);
      context.responseTrailer.set("x-count", "50");
    },
  });
  const received: Record<string, Headers> = {};
  const messages = await all(
    orders.client.watchOrders(
      {},
      { onHeader: (header) => (received.header = header), onTrailer: (trailer) => (received.trailer = trailer) },
    ),
  );
  expect(messages.map(({ message }) => message.case === "heartbeat" && Number(message.value.offset))).toEqual([
    ...Array(50).keys(),
  ]);
  expect(received.header?.get("x-answer")).toBe("yes");
  expect(received.trailer?.get("x-count")).toBe("50");
});

test("createGrpcServer serves an empty server stream", async () => {
  await using orders = await startOrders({ async *watchOrders() {} });
  expect(await all(orders.client.watchOrders({}))).toEqual([]);
});

test("createGrpcServer serves a client stream", async () => {
  await using orders = await startOrders({
    importOrders: async (requests, context) => {
      const lines = await all(requests);
      context.responseTrailer.set("x-last-line", String(lines.at(-1)?.lineNumber));
      return { storedOrders: BigInt(lines.length) };
    },
  });
  const lines = Array.from({ length: 100 }, (_, index) => ({ lineNumber: BigInt(index + 1) }));
  let last: string | null = null;
  const { storedOrders } = await orders.client.importOrders(stream(...lines), {
    onTrailer: (trailer) => (last = trailer.get("x-last-line")),
  });
  expect([storedOrders, last]).toEqual([100n, "100"]);
});

test("createGrpcServer answers a client stream that its handler does not read to the end", async () => {
  await using orders = await startOrders({
    importOrders: async (requests) => {
      for await (const { lineNumber } of requests) return { storedOrders: lineNumber };
      return {};
    },
  });
  const { storedOrders } = await orders.client.importOrders(stream({ lineNumber: 7n }, { lineNumber: 8n }));
  expect(storedOrders).toBe(7n);
});

test("createGrpcServer serves a conversation, message by message", async () => {
  await using orders = await startOrders({
    async *fulfilOrders(requests) {
      for await (const { commandId } of requests) yield { message: { case: "result" as const, value: { commandId } } };
    },
  });
  let answered = Promise.withResolvers<void>();
  async function* questions() {
    for (let count = 0; count < 3; count += 1) {
      yield { commandId: count };
      await answered.promise;
      answered = Promise.withResolvers();
    }
  }
  let answers = 0;
  for await (const _ of orders.client.fulfilOrders(questions())) {
    answers += 1;
    answered.resolve();
  }
  expect(answers).toBe(3);
});

test("createGrpcServer serves the standard health service, watching included", async () => {
  const health = createHealth();
  await using server = createGrpcServer({ services: [health.registration] });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  using transport = createGrpcTransport({ address: `127.0.0.1:${port}` });
  const client = createClient(Health, transport);
  const leave = new AbortController();
  const seen: Status[] = [];
  const watching = (async () => {
    for await (const { status } of client.watch({ service: "a.B" }, { signal: leave.signal })) {
      seen.push(status);
      if (status === Status.SERVICE_UNKNOWN) health.set("a.B", "SERVING");
      else leave.abort();
    }
  })();
  await watching.catch(() => {});
  expect(seen).toEqual([Status.SERVICE_UNKNOWN, Status.SERVING]);
});
