import { createClient } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { implement } from "@polywire/rpc";
import { expect, onTestFinished, test, vi } from "vitest";
import { createGrpcServer, createGrpcTransport, type GrpcServer, type GrpcTransportOptions } from "../src/index.ts";
import { startDnsResponder } from "./support/dns-responder.ts";

// Read once, when grpc-js is loaded: without it only the system's own DNS servers are asked.
vi.hoisted(() => {
  process.env.GRPC_NODE_USE_ALTERNATIVE_RESOLVER = "true";
});

const HOSTS = ["127.0.0.2", "127.0.0.3", "127.0.0.4"] as const;

/** Instances of one service, each at its own loopback address, all on one port, and the name they have in the DNS. */
async function startFleet(running: readonly string[]) {
  const dns = await startDnsResponder(running);
  onTestFinished(() => dns[Symbol.asyncDispose]());
  const servers = new Map<string, GrpcServer>();
  let port = 0;
  const start = async (host: string): Promise<void> => {
    const services = [implement(OrderService, { getOrder: () => ({ order: { note: host } }) })];
    const server = createGrpcServer({ services });
    onTestFinished(() => server.close());
    ({ port } = await server.listen({ host, port }));
    servers.set(host, server);
  };
  for (const host of running) await start(host);
  const clientWith = (options: Partial<GrpcTransportOptions> = {}) => {
    const address = `dns://${dns.address}/orders.test:${port}`;
    const transport = createGrpcTransport({ address, minResolutionIntervalMs: 20, ...options });
    onTestFinished(() => transport.close());
    const client = createClient(OrderService, transport);
    return async () => (await client.getOrder({}, { timeoutMs: 10_000 })).order?.note ?? "";
  };
  return { dns, start, stop: (host: string) => servers.get(host)?.drain(5000), clientWith };
}

async function countCalls(call: () => Promise<string>, calls: number): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let made = 0; made < calls; made += 1) {
    const host = await call();
    counts.set(host, (counts.get(host) ?? 0) + 1);
  }
  return counts;
}

test("createGrpcTransport gives each call to the next address of the name", async () => {
  const call = (await startFleet(HOSTS)).clientWith();
  await vi.waitFor(async () => expect((await countCalls(call, 3)).size).toBe(3));
  expect([...(await countCalls(call, 30)).values()]).toEqual([10, 10, 10]);
});

test("createGrpcTransport with pick_first sends every call to one address", async () => {
  const call = (await startFleet(HOSTS)).clientWith({ loadBalancing: "pick_first" });
  expect([...(await countCalls(call, 30)).values()]).toEqual([30]);
});
