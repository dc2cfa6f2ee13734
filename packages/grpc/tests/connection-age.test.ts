import { once } from "node:events";
import { connect } from "node:http2";
import { Code, createClient } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { expect, onTestFinished, test, vi } from "vitest";
import { createGrpcTransport, type GrpcServerOptions } from "../src/index.ts";
import { errorOf } from "./support/calls.ts";
import { startFreezingProxy } from "./support/freezing-proxy.ts";
import { startOrders } from "./support/orders-server.ts";

/** A server with connections of this age, a call that runs on the first of them, and a count of them. */
async function startAgeing(server: Partial<GrpcServerOptions>) {
  const cancelled = Promise.withResolvers<{ order: { note: string } }>();
  const orders = await startOrders({ getOrder: () => ({}), cancelOrder: () => cancelled.promise }, { server });
  onTestFinished(() => orders[Symbol.asyncDispose]());
  const proxy = await startFreezingProxy(orders.port);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const transport = createGrpcTransport({ address: proxy.address });
  onTestFinished(() => transport.close());
  const client = createClient(OrderService, transport);
  return { client, proxy, running: client.cancelOrder({}), finish: cancelled.resolve };
}

test("maxConnectionAgeMs sends later calls to a new connection and lets running ones finish on the old one", async () => {
  const { client, proxy, running, finish } = await startAgeing({ maxConnectionAgeMs: 50 });
  await vi.waitFor(
    async () => {
      await client.getOrder({});
      expect(proxy.accepted).toBeGreaterThan(2);
    },
    { timeout: 10_000 },
  );
  finish({ order: { note: "done" } });
  expect((await running).order?.note).toBe("done");
});

test("maxConnectionAgeGraceMs cuts calls that go on for longer", async () => {
  const { running } = await startAgeing({ maxConnectionAgeMs: 50, maxConnectionAgeGraceMs: 50 });
  expect((await errorOf(running)).code).toBe(Code.Unavailable);
});

test("createGrpcServer answers pings however many come: grpc-js has no way to police them", async () => {
  const orders = await startOrders({});
  onTestFinished(() => orders[Symbol.asyncDispose]());
  const session = connect(`http://${orders.address}`);
  onTestFinished(() => session.destroy());
  await once(session, "remoteSettings");
  let answered = 0;
  for (let sent = 0; sent < 500; sent += 1) {
    await new Promise<void>((resolve, reject) => {
      session.ping((error) => (error ? reject(error) : resolve()));
    });
    answered += 1;
  }
  expect({ answered, closed: session.closed }).toEqual({ answered: 500, closed: false });
});
