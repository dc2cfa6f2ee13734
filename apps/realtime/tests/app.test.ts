import { create } from "@bufbuild/protobuf";
import { type OrderEvent, OrderEventSchema } from "@polywire/contract/polywire/orders/v1/order";
import { Recovery } from "@polywire/contract/polywire/type/v1/cursor";
import { connectNats, createJetStreamPublisher } from "@polywire/realtime/server";
import { startNats } from "@polywire/system";
import { afterAll, beforeAll, expect, test } from "vitest";
import { start } from "../src/app.ts";
import type { Config } from "../src/config.ts";
import { connectClient } from "./support/client.ts";
import { adasOrder, type Surroundings, startSurroundings } from "./support/services.ts";

let around: Surroundings;
beforeAll(async () => {
  around = await startSurroundings();
});
afterAll(() => around[Symbol.asyncDispose]());

const event = (eventId: string): OrderEvent =>
  create(OrderEventSchema, { eventId, order: { orderId: adasOrder, customerId: "ada" } });

async function configFor(log?: Config["log"]): Promise<Config> {
  return {
    host: "127.0.0.1",
    httpPort: 0,
    instance: "realtime-1",
    logLevel: "silent",
    log: log ?? { serviceToken: await around.token("realtime", ["events:read"]) },
    jwksUrl: around.jwksUrl,
    ordersAddress: around.ordersAddress,
    allowedOrigins: [],
    heartbeatMs: 15_000,
  };
}

const readiness = (address: string) => fetch(`http://${address}/readyz`).then((response) => response.status);
const subscribeTo = (channel: string, offset?: bigint, epoch = "direct") =>
  ({
    case: "subscribe",
    value: { channel, ...(offset === undefined ? {} : { cursor: { epoch, offset } }) },
  }) as const;

test("a node without NATS reads the log from the order service and resumes from it", async () => {
  for (let number = 1; number <= 20; number += 1) around.log.append(event(`direct-${number}`));
  await using app = await start(await configFor());
  const address = app.addresses.http ?? "";
  await expect.poll(() => readiness(address)).toBe(200);
  const client = await connectClient(address, await around.token("ada"));
  expect(await client.request(subscribeTo("orders.customer.ada", 5n))).toMatchObject({
    case: "subscribed",
    value: { recovery: Recovery.RECOVERED, cursor: { epoch: "direct", offset: 5n } },
  });
  around.log.append(event("direct-21"));
  await expect.poll(() => client.offsets().length).toBe(16);
  expect(client.offsets()).toEqual(Array.from({ length: 16 }, (_, index) => BigInt(index + 6)));
  client.close();
});

test("two nodes on JetStream deliver the same log, and a client resumes on the other one", async () => {
  await using nats = await startNats();
  const connection = await connectNats({ url: nats.url, name: "relay" });
  const publisher = createJetStreamPublisher({ connection, epoch: "js" });
  await publisher.ensure({ firstOffset: 1n });
  const config = await configFor({ natsUrl: nats.url });
  await using first = await start(config);
  await using second = await start({ ...config, instance: "realtime-2" });
  const addresses = [first.addresses.http ?? "", second.addresses.http ?? ""];
  for (const address of addresses) await expect.poll(() => readiness(address)).toBe(200);
  const token = await around.token("station", ["orders:fulfil"]);
  const [one, two] = await Promise.all(addresses.map((address) => connectClient(address, token)));
  await one?.request(subscribeTo("orders"));
  await two?.request(subscribeTo("orders"));
  for (let offset = 1n; offset <= 10n; offset += 1n) await publisher.publish(event(`js-${offset}`), offset);
  await expect.poll(() => [one?.offsets().length, two?.offsets().length]).toEqual([10, 10]);
  one?.close();
  await publisher.publish(event("js-11"), 11n);
  const back = await connectClient(addresses[1] ?? "", token);
  expect(await back.request(subscribeTo("orders", 10n, "js"))).toMatchObject({
    value: { recovery: Recovery.RECOVERED },
  });
  await expect.poll(() => back.offsets()).toEqual([11n]);
  back.close();
  two?.close();
  await connection.close();
});

test("a node is alive but not ready while there is no log, and refuses clients", async () => {
  await using nats = await startNats();
  await using app = await start(await configFor({ natsUrl: nats.url }));
  const address = app.addresses.http ?? "";
  expect((await fetch(`http://${address}/livez`)).status).toBe(200);
  expect(await readiness(address)).toBe(503);
  const token = await around.token("ada");
  expect((await fetch(`http://${address}/rt/sse?channel=orders.customer.ada&access_token=${token}`)).status).toBe(503);
  const connection = await connectNats({ url: nats.url, name: "relay" });
  await createJetStreamPublisher({ connection, epoch: "js" }).ensure({ firstOffset: 1n });
  await expect.poll(() => readiness(address), { timeout: 5000 }).toBe(200);
  await connection.close();
});

const getOrder = {
  case: "command",
  value: { timeout: { seconds: 2n }, call: { case: "getOrder", value: { orderId: adasOrder } } },
} as const;

test("a safe command survives an instance of the order service that goes", async () => {
  await using app = await start(await configFor());
  const address = app.addresses.http ?? "";
  await expect.poll(() => readiness(address)).toBe(200);
  const ada = await connectClient(address, await around.token("ada"));
  around.deadlinesMs.length = 0;
  around.drainOnce();
  expect(await ada.request(getOrder)).toMatchObject({ case: "commandReply" });
  expect(around.deadlinesMs).toHaveLength(2);
  ada.close();
});

test("commands reach the order service with the client's token and what is left of the deadline", async () => {
  await using app = await start(await configFor());
  const address = app.addresses.http ?? "";
  await expect.poll(() => readiness(address)).toBe(200);
  const ada = await connectClient(address, await around.token("ada"));
  around.deadlinesMs.length = 0;
  expect(await ada.request(getOrder)).toMatchObject({
    case: "commandReply",
    value: { result: { case: "getOrder", value: { order: { orderId: adasOrder } } } },
  });
  expect(around.deadlinesMs[0]).toBeGreaterThan(1000);
  expect(around.deadlinesMs[0]).toBeLessThanOrEqual(2000);
  const bob = await connectClient(address, await around.token("bob"));
  expect(await bob.request(getOrder)).toMatchObject({
    case: "error",
    value: { code: "NOT_FOUND", reason: "ORDER_NOT_FOUND" },
  });
  ada.close();
  bob.close();
});

test("channels are open to those whom the order service and the token allow", async () => {
  await using app = await start(await configFor());
  const address = app.addresses.http ?? "";
  await expect.poll(() => readiness(address)).toBe(200);
  const outcomes = async (subject: string, scopes: string[] = []) => {
    const client = await connectClient(address, await around.token(subject, scopes));
    const codes: string[] = [];
    for (const channel of ["orders", "orders.customer.ada", `orders.order.${adasOrder}`]) {
      const answer = await client.request(subscribeTo(channel));
      codes.push(answer.case === "error" ? answer.value.reason : (answer.case ?? ""));
    }
    client.close();
    return codes;
  };
  expect(await outcomes("ada")).toEqual(["SCOPE_REQUIRED", "subscribed", "subscribed"]);
  expect(await outcomes("bob")).toEqual(["SCOPE_REQUIRED", "CHANNEL_FORBIDDEN", "ORDER_NOT_FOUND"]);
  expect((await outcomes("station", ["orders:fulfil"]))[0]).toBe("subscribed");
});

test("metrics count connections, subscriptions, events and endings", async () => {
  const app = await start(await configFor());
  const address = app.addresses.http ?? "";
  await expect.poll(() => readiness(address)).toBe(200);
  const client = await connectClient(address, await around.token("ada"));
  await client.request(subscribeTo("orders.customer.ada"));
  around.log.append(event("counted"));
  await expect.poll(() => client.offsets().length).toBe(1);
  const text = await (await fetch(`http://${address}/metrics`)).text();
  expect(text).toContain('polywire_realtime_connections{transport="ws"} 1');
  expect(text).toContain('polywire_realtime_subscriptions{state="open"} 1');
  expect(text).toContain('polywire_realtime_events_total{outcome="delivered"} 1');
  expect(text).toContain('polywire_realtime_resumes_total{recovery="live"} 1');
  await app.close();
  expect(await client.closed).toBe(3000);
  await expect(fetch(`http://${address}/livez`)).rejects.toThrow();
});
