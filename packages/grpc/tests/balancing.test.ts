import { createClient } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { implement, retry } from "@polywire/rpc";
import { expect, onTestFinished, test, vi } from "vitest";
import {
  createGrpcServer,
  createGrpcTransport,
  type GrpcServer,
  type GrpcServerOptions,
  type GrpcTransportOptions,
} from "../src/index.ts";
import { startDnsResponder } from "./support/dns-responder.ts";

// Read once, when grpc-js is loaded: without it only the system's own DNS servers are asked.
vi.hoisted(() => {
  process.env.GRPC_NODE_USE_ALTERNATIVE_RESOLVER = "true";
});

const WITHIN = { timeout: 10_000 };
const HOSTS = ["127.0.0.2", "127.0.0.3", "127.0.0.4"] as const;

/** Instances of one service, each at its own loopback address, all on one port, and the name they have in the DNS. */
async function startFleet(running: readonly string[], options: Partial<GrpcServerOptions> = {}) {
  const dns = await startDnsResponder(running);
  onTestFinished(() => dns[Symbol.asyncDispose]());
  const servers = new Map<string, GrpcServer>();
  let port = 0;
  const start = async (host: string): Promise<void> => {
    const services = [implement(OrderService, { getOrder: () => ({ order: { note: host } }) })];
    const server = createGrpcServer({ services, ...options });
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
  const serverOf = (host: string): GrpcServer => {
    const server = servers.get(host);
    if (!server) throw new Error(`nothing runs at ${host}`);
    return server;
  };
  return { dns, start, serverOf, clientWith };
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
  await vi.waitFor(async () => expect((await countCalls(call, 3)).size).toBe(3), WITHIN);
  expect([...(await countCalls(call, 30)).values()]).toEqual([10, 10, 10]);
});

test("createGrpcTransport with pick_first sends every call to one address", async () => {
  const call = (await startFleet(HOSTS)).clientWith({ loadBalancing: "pick_first" });
  expect([...(await countCalls(call, 30)).values()]).toEqual([30]);
});

test("a new instance gets its share once connections have reached maxConnectionAgeMs", async () => {
  const fleet = await startFleet(HOSTS.slice(0, 2), { maxConnectionAgeMs: 100 });
  const call = fleet.clientWith();
  await call();
  await fleet.start(HOSTS[2]);
  fleet.dns.answer(HOSTS);
  await vi.waitFor(async () => expect((await countCalls(call, 3)).size).toBe(3), WITHIN);
});

test("a new instance gets nothing as long as no connection ends", async () => {
  const fleet = await startFleet(HOSTS.slice(0, 2), { maxConnectionAgeMs: Number.POSITIVE_INFINITY });
  const call = fleet.clientWith();
  await vi.waitFor(async () => expect((await countCalls(call, 2)).size).toBe(2), WITHIN);
  const asked = fleet.dns.asked;
  await fleet.start(HOSTS[2]);
  fleet.dns.answer(HOSTS);
  expect([...(await countCalls(call, 200)).keys()].sort()).toEqual(HOSTS.slice(0, 2));
  expect(fleet.dns.asked).toBe(asked);
});

test.each([
  { way: "drain", callers: 20 },
  // More at once than half of the retry budget is an outage, which retries would make worse.
  { way: "close", callers: 4 },
] as const)("an instance that goes by $way costs no safe call", async ({ way, callers }) => {
  const fleet = await startFleet(HOSTS);
  const call = fleet.clientWith({ interceptors: [retry()] });
  await vi.waitFor(async () => expect((await countCalls(call, 3)).size).toBe(3), WITHIN);
  const seen: string[] = [];
  let stopped = false;
  const calling = Promise.all(
    Array.from({ length: callers }, async () => {
      while (!stopped) seen.push(await call().catch(String));
    }),
  );
  await vi.waitFor(() => expect(seen.length).toBeGreaterThan(200), WITHIN);
  fleet.dns.answer(HOSTS.slice(1));
  await fleet.serverOf(HOSTS[0])[way](5000);
  const callsBefore = seen.length;
  await vi.waitFor(() => expect(seen.length).toBeGreaterThan(callsBefore + 200), WITHIN);
  stopped = true;
  await calling;
  expect(new Set(seen)).toEqual(new Set(HOSTS));
  expect(new Set(seen.slice(callsBefore + callers))).toEqual(new Set(HOSTS.slice(1)));
});
