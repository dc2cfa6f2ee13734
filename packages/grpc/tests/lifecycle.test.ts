import { Code, createClient } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { errorDetails } from "@polywire/rpc";
import { expect, test } from "vitest";
import { createGrpcServer, createGrpcTransport } from "../src/index.ts";
import { aborted, all, errorOf } from "./support/calls.ts";
import { startOrders } from "./support/orders-server.ts";

const sockets = () => process.getActiveResourcesInfo().filter((resource) => resource.startsWith("TCP"));

test("drain lets a running call finish and takes no new one", async () => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  await using orders = await startOrders({
    getOrder: async () => {
      started.resolve();
      await finish.promise;
      return { order: { note: "done" } };
    },
  });
  const running = orders.client.getOrder({});
  await started.promise;
  const drained = orders.server.drain(60_000);
  using late = createGrpcTransport({ address: orders.address });
  expect((await errorOf(createClient(OrderService, late).getOrder({}))).code).toBe(Code.Unavailable);
  finish.resolve();
  expect((await running).order?.note).toBe("done");
  await drained;
});

test("drain tells calls that do not finish in time that the server is shutting down, their handlers too", async () => {
  const started = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const reasons: unknown[] = [];
  await using orders = await startOrders({
    getOrder: async (_request, { signal }) => {
      started[0]?.resolve();
      reasons.push(await aborted(signal));
      return {};
    },
    async *watchOrders(_request, { signal }) {
      yield {};
      started[1]?.resolve();
      reasons.push(await aborted(signal));
    },
  });
  const errors = Promise.all([errorOf(orders.client.getOrder({})), errorOf(all(orders.client.watchOrders({})))]);
  await Promise.all(started.map(({ promise }) => promise));
  await orders.server.drain(10);
  expect((await errors).map((error) => errorDetails(error).reason)).toEqual(["DRAINING", "DRAINING"]);
  expect(reasons.map((reason) => errorDetails(reason as never).reason)).toEqual(["DRAINING", "DRAINING"]);
});

test("drain cuts off a client that does not read, after its bound", async () => {
  await using orders = await startOrders({
    async *watchOrders() {
      for (;;) yield { message: { case: "event" as const, value: { order: { note: "x".repeat(100_000) } } } };
    },
  });
  const iterator = orders.client.watchOrders({})[Symbol.asyncIterator]();
  await iterator.next();
  await orders.server.drain(10);
  await errorOf(
    (async () => {
      while (!(await iterator.next()).done);
    })(),
  );
});

test("close ends what runs and leaves no socket open", async () => {
  const started = Promise.withResolvers<void>();
  {
    await using orders = await startOrders({
      getOrder: () => {
        started.resolve();
        return new Promise(() => {});
      },
    });
    const call = errorOf(orders.client.getOrder({}));
    await started.promise;
    await orders.server.close();
    expect((await call).code).toBe(Code.Unavailable);
  }
  await expect.poll(sockets).toEqual([]);
});

test("listen rejects for an address that is taken, naming it", async () => {
  await using orders = await startOrders({});
  await using second = createGrpcServer({ services: [] });
  await expect(second.listen({ host: "127.0.0.1", port: orders.port })).rejects.toThrow(orders.address);
});

test("a transport that is closed makes no more calls", async () => {
  await using orders = await startOrders({ getOrder: () => ({}) });
  await orders.client.getOrder({});
  orders.transport.close();
  expect((await errorOf(orders.client.getOrder({}))).code).toBe(Code.Unavailable);
});

test("a transport to a name makes its calls although nobody listens at one of the name's addresses", async () => {
  await using orders = await startOrders({ getOrder: () => ({ order: { note: "here" } }) });
  // Usually 127.0.0.1 and ::1.
  using transport = createGrpcTransport({ address: `dns:///localhost:${orders.port}` });
  const client = createClient(OrderService, transport);
  for (let calls = 0; calls < 10; calls += 1) expect((await client.getOrder({})).order?.note).toBe("here");
});
