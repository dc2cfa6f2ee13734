import { setTimeout } from "node:timers/promises";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { expect, onTestFinished, test } from "vitest";
import { createGrpcTransport, type GrpcTransportOptions } from "../src/index.ts";
import { all, errorOf } from "./support/calls.ts";
import { startFreezingProxy } from "./support/freezing-proxy.ts";
import { startOrders } from "./support/orders-server.ts";

async function startFrozen(options: Partial<GrpcTransportOptions> = {}) {
  const cancelled = Promise.withResolvers<{ order: { note: string } }>();
  const orders = await startOrders({
    getOrder: () => ({}),
    cancelOrder: () => cancelled.promise,
    updateOrder: async () => {
      await setTimeout(5);
      throw new ConnectError("too late", Code.DeadlineExceeded);
    },
    async *watchOrders() {
      yield {};
    },
  });
  onTestFinished(() => orders[Symbol.asyncDispose]());
  const proxy = await startFreezingProxy(orders.port);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const connect = async () => {
    const transport = createGrpcTransport({ address: proxy.address, ...options });
    onTestFinished(() => transport.close());
    const client = createClient(OrderService, transport);
    await client.getOrder({});
    return client;
  };
  const client = await connect();
  return { proxy, client, connect, finish: cancelled.resolve };
}

test("createGrpcTransport finds a dead connection by the first deadline that passes on it", async () => {
  const { proxy, client } = await startFrozen();
  proxy.freeze();
  const inVain = Array.from({ length: 3 }, () => errorOf(client.getOrder({}, { timeoutMs: 200 })));
  expect((await Promise.all(inVain)).map(({ code }) => code)).toEqual(Array(3).fill(Code.DeadlineExceeded));
  await client.getOrder({}, { timeoutMs: 5000 });
  expect(proxy.accepted).toBe(2);
});

test("createGrpcTransport finds a dead connection by a stream that its reader gives up after maxSilenceMs", async () => {
  const { proxy, client } = await startFrozen({ maxSilenceMs: 100 });
  proxy.freeze();
  await errorOf(all(client.watchOrders({}, { signal: AbortSignal.timeout(200) })));
  expect(await all(client.watchOrders({}, { timeoutMs: 5000 }))).toHaveLength(1);
  expect(proxy.accepted).toBe(2);
});

test("createGrpcTransport keeps its connection when a caller leaves before maxSilenceMs", async () => {
  const { proxy, client } = await startFrozen();
  await errorOf(client.cancelOrder({}, { signal: AbortSignal.timeout(20) }));
  await client.getOrder({});
  expect(proxy.accepted).toBe(1);
});

test("createGrpcTransport keeps its connection when it is the server that says that a deadline has passed", async () => {
  const { proxy, client } = await startFrozen({ maxSilenceMs: 1 });
  expect((await errorOf(client.updateOrder({}))).code).toBe(Code.DeadlineExceeded);
  await client.getOrder({});
  expect(proxy.accepted).toBe(1);
});

test("createGrpcTransport makes new connections once in maxSilenceMs at most", async () => {
  const { proxy, client } = await startFrozen();
  proxy.freeze();
  await errorOf(client.getOrder({}, { timeoutMs: 50 }));
  await client.getOrder({}, { timeoutMs: 5000 });
  proxy.freeze();
  for (const timeoutMs of [50, 60]) await errorOf(client.getOrder({}, { timeoutMs }));
  expect(proxy.accepted).toBe(2);
});

test("createGrpcTransport finds a dead connection beside a transport to the same address that has not", async () => {
  const { proxy, client, connect } = await startFrozen();
  await connect();
  proxy.freeze();
  await errorOf(client.getOrder({}, { timeoutMs: 50 }));
  await client.getOrder({}, { timeoutMs: 5000 });
  expect(proxy.accepted).toBe(3);
});

test("createGrpcTransport keeps its new connection when a call fails that was made on the old one", async () => {
  const { proxy, client } = await startFrozen({ maxSilenceMs: 1 });
  proxy.freeze();
  const late = errorOf(client.getOrder({}, { timeoutMs: 300 }));
  await errorOf(client.getOrder({}, { timeoutMs: 50 }));
  await client.getOrder({}, { timeoutMs: 5000 });
  await late;
  await client.getOrder({}, { timeoutMs: 5000 });
  expect(proxy.accepted).toBe(2);
});

test("createGrpcTransport lets calls finish on the connection that it takes for dead", async () => {
  const { proxy, client, finish } = await startFrozen();
  const slow = client.cancelOrder({});
  await errorOf(client.cancelOrder({}, { timeoutMs: 50 }));
  await client.getOrder({});
  expect(proxy.accepted).toBe(2);
  finish({ order: { note: "done" } });
  expect((await slow).order?.note).toBe("done");
});
