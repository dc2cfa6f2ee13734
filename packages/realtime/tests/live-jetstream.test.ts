import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NatsConnection } from "@nats-io/transport-node";
import { Recovery } from "@polywire/contract/polywire/type/v1/cursor";
import { freePort, type NatsServer, startNats } from "@polywire/system";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeCursor } from "../src/protocol/index.ts";
import { connectNats, createJetStreamEventLog, createJetStreamPublisher } from "../src/server/index.ts";
import { orderEvent } from "./support/events.ts";
import { startNode, stationToken, until } from "./support/node.ts";
import { connectWs, refusedWith, type WsClient } from "./support/ws-client.ts";

let storeDir: string;
let port: number;
let nats: NatsServer;
const connections: NatsConnection[] = [];

async function connect(): Promise<NatsConnection> {
  const connection = await connectNats({ url: nats.url, name: "test" });
  connections.push(connection);
  return connection;
}

beforeEach(async () => {
  storeDir = await mkdtemp(join(tmpdir(), "polywire-live-"));
  ({ port } = await freePort(0));
  nats = await startNats({ storeDir, port });
});
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
  await nats.close();
  await rm(storeDir, { recursive: true, force: true });
});

async function openPublisher(epoch = "live") {
  const publisher = createJetStreamPublisher({ connection: await connect(), epoch });
  await publisher.ensure({ firstOffset: 1n });
  return publisher;
}

/** Publishes with a bounded number of events unacknowledged, as the relay does. */
async function publishRange(publisher: Awaited<ReturnType<typeof openPublisher>>, from: number, to: number) {
  for (let start = from; start <= to; start += 100) {
    const numbers = Array.from({ length: Math.min(100, to - start + 1) }, (_, index) => start + index);
    await Promise.all(numbers.map((number) => publisher.publish(orderEvent(`e${number}`), BigInt(number))));
  }
}

function expectContiguous(offsets: bigint[], from: bigint, to: bigint) {
  let expected = from;
  for (const offset of offsets) {
    if (offset !== expected) {
      throw new Error(`offset ${offset} came where ${expected} must come`);
    }
    expected += 1n;
  }
  expect(expected - 1n).toBe(to);
}

test("10,000 events while clients come, drop and resume: none lost, none twice, in order", async () => {
  const total = 10_000;
  const publisher = await openPublisher();
  const log = createJetStreamEventLog({ connection: await connect() });
  await using node = await startNode(log, { tail: { windowEvents: 500 } });
  await using other = await startNode(log, { tail: { windowEvents: 2000 } });
  const publishing = publishRange(publisher, 1, total);

  async function wander(seed: number): Promise<bigint[]> {
    const seen: bigint[] = [];
    let cursor = makeCursor("live", 0n);
    for (let stay = 0; cursor.offset < BigInt(total); stay += 1) {
      const target = (seed + stay) % 2 === 0 ? node : other;
      const client = await connectWs(target.port, {
        subprotocol: stay % 3 === 0 ? "polywire.v1.proto" : "polywire.v1.json",
      });
      expect(await client.subscribe("orders", cursor)).toMatchObject({
        value: { recovery: Recovery.RECOVERED, cursor },
      });
      const leaveAt = cursor.offset + BigInt(300 + ((seed * 7919 + stay * 104_729) % 1700));
      await until(() => (client.offsets().at(-1) ?? 0n) >= (leaveAt < BigInt(total) ? leaveAt : BigInt(total)));
      client.socket.terminate();
      await client.closed;
      seen.push(...client.offsets());
      cursor = makeCursor("live", seen.at(-1) ?? 0n);
    }
    return seen;
  }

  const journeys = await Promise.all([1, 2, 3, 4, 5].map(wander));
  await publishing;
  for (const seen of journeys) {
    expectContiguous(seen, 1n, BigInt(total));
  }
});

test("NATS restarted in the middle: subscribers stay connected and miss nothing", { timeout: 60_000 }, async () => {
  const publisher = await openPublisher();
  await using node = await startNode(createJetStreamEventLog({ connection: await connect() }));
  const client = await connectWs(node.port);
  await client.subscribe("orders", makeCursor("live", 0n));
  await publishRange(publisher, 1, 500);
  await nats.close();
  await until(() => !node.tail.live);
  nats = await startNats({ storeDir, port });
  await until(() => node.tail.live);
  const again = createJetStreamPublisher({ connection: await connect(), epoch: "live" });
  expect(await again.ensure({ firstOffset: 1n, lastOffset: 500n })).toEqual({ created: false, lastOffset: 500n });
  await publishRange(again, 501, 1000);
  await until(() => client.offsets().length >= 1000);
  expectContiguous(client.offsets(), 1n, 1000n);
});

test("a stream that was lost and refilled in the same epoch: subscribers stay connected and miss nothing", {
  timeout: 60_000,
}, async () => {
  const publisher = await openPublisher();
  await using node = await startNode(createJetStreamEventLog({ connection: await connect() }));
  const client = await connectWs(node.port);
  await client.subscribe("orders", makeCursor("live", 0n));
  await publishRange(publisher, 1, 300);
  await until(() => client.offsets().length === 300);
  await nats.close();
  await rm(storeDir, { recursive: true });
  nats = await startNats({ storeDir, port });
  const refill = createJetStreamPublisher({ connection: await connect(), epoch: "live" });
  expect(await refill.ensure({ firstOffset: 201n, lastOffset: 300n })).toEqual({ created: true, lastOffset: 200n });
  await publishRange(refill, 201, 250);
  expect(await refusedWith(node.port, { token: stationToken })).toBe(503);
  await publishRange(refill, 251, 400);
  await until(() => client.offsets().length >= 400);
  expectContiguous(client.offsets(), 1n, 400n);
});

test("a stream that begins later than what a subscriber has had ends the connection, and the resume answers gap", async () => {
  const publisher = await openPublisher();
  await using node = await startNode(createJetStreamEventLog({ connection: await connect() }));
  const client = await connectWs(node.port);
  await client.subscribe("orders", makeCursor("live", 0n));
  await publishRange(publisher, 1, 10);
  await until(() => client.offsets().length === 10);
  expect(await publisher.ensure({ firstOffset: 21n })).toEqual({ created: true, lastOffset: 20n });
  expect(await client.closed).toEqual({ code: 3003, reason: "LOG_CHANGED" });
  await until(() => node.tail.live);
  const { answer } = await resumeOn(node, 10n);
  expect(answer).toMatchObject({ value: { recovery: Recovery.GAP, cursor: { offset: 20n } } });
});

test("another epoch ends the connection, and the resume answers epoch_changed", async () => {
  const publisher = await openPublisher();
  await using node = await startNode(createJetStreamEventLog({ connection: await connect() }));
  const client = await connectWs(node.port);
  await client.subscribe("orders");
  await publishRange(publisher, 1, 10);
  const next = await openPublisher("next");
  await publishRange(next, 1, 20);
  expect(await client.closed).toEqual({ code: 3003, reason: "LOG_CHANGED" });
  await until(() => node.tail.live);
  const { answer } = await resumeOn(node, 10n);
  expect(answer).toMatchObject({ value: { recovery: Recovery.EPOCH_CHANGED, cursor: { epoch: "next" } } });
});

async function resumeOn(node: { port: number }, offset: bigint): Promise<{ client: WsClient; answer: unknown }> {
  const client = await connectWs(node.port);
  return { client, answer: await client.subscribe("orders", makeCursor("live", offset)) };
}
