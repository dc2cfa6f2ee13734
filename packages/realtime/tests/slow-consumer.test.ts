import { get, type IncomingMessage } from "node:http";
import { SlowConsumerPolicy } from "@polywire/contract/polywire/realtime/v1/frames";
import { expect, test } from "vitest";
import { createMemoryEventLog, type MemoryEventLog } from "../src/server/index.ts";
import { orderEvent } from "./support/events.ts";
import { startNode, stationToken, until } from "./support/node.ts";
import { openSse } from "./support/sse-client.ts";
import { connectWs } from "./support/ws-client.ts";

/** Small enough that a client which stops reading is noticed soon, beyond what the kernel's buffers take. */
const limits = { maxQueueEvents: 50, maxQueueBytes: 4_000_000, maxSocketBytes: 65_536 };
const note = "x".repeat(20_000);
const total = 1200;

async function appendAll(log: MemoryEventLog, orders: number) {
  for (let number = 1; number <= total; number += 1) {
    log.append(orderEvent(String(number), { number: number % orders, note }));
    if (number % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

test("disconnect: a client that reads too slowly is closed with SLOW_CONSUMER and others are not held up", async () => {
  const log = createMemoryEventLog();
  await using node = await startNode(log, { server: limits });
  const slow = await connectWs(node.port);
  await slow.subscribe("orders");
  slow.socket.pause();
  const quick = await connectWs(node.port);
  await quick.subscribe("orders");
  for (let number = 1; number <= total; number += 1) {
    log.append(orderEvent(String(number), { note }));
    if (number % 20 === 0) await until(() => quick.offsets().length === number);
  }
  expect(node.realtime.counts.disconnects.SLOW_CONSUMER).toBe(1);
  slow.socket.resume();
  await slow.closed;
  const had = slow.offsets();
  expect(had).toEqual(Array.from({ length: had.length }, (_, index) => BigInt(index + 1)));
  expect(quick.offsets()).toHaveLength(total);
});

for (const [name, policy, orders] of [
  ["drop_oldest", SlowConsumerPolicy.DROP_OLDEST, total],
  ["conflate", SlowConsumerPolicy.CONFLATE, 10],
] as const) {
  test(`${name}: what is left out is told by gaps that add up, and the newest arrives`, async () => {
    const log = createMemoryEventLog();
    await using node = await startNode(log, { server: limits });
    const client = await connectWs(node.port);
    await client.request({ case: "subscribe", value: { channel: "orders", slowConsumerPolicy: policy } });
    client.socket.pause();
    await appendAll(log, orders);
    client.socket.resume();
    await until(() => client.offsets().at(-1) === BigInt(total));
    let position = 0n;
    let skipped = 0n;
    for (const { message } of client.frames) {
      if (message.case === "gap") {
        expect(message.value.after?.offset).toBe(position);
        expect(message.value.cursor?.offset).toBe(position + message.value.skippedEvents);
        position = message.value.cursor?.offset ?? 0n;
        skipped += message.value.skippedEvents;
      } else if (message.case === "event") {
        expect(message.value.payload.value?.cursor?.offset).toBe(position + 1n);
        position += 1n;
      }
    }
    expect(skipped).toBeGreaterThan(0n);
    expect(client.offsets().length + Number(skipped)).toBe(total);
    expect(node.realtime.counts.skipped).toBe(Number(skipped));
  });
}

test("an event stream that is read too slowly is cut, and its last id resumes without a gap", async () => {
  const log = createMemoryEventLog();
  await using node = await startNode(log, { server: limits });
  const request = get({
    host: "127.0.0.1",
    port: node.port,
    path: `/rt/sse?channel=orders&access_token=${stationToken}`,
  });
  const response = await new Promise<IncomingMessage>((resolve) => request.on("response", resolve));
  response.pause();
  await until(() => node.realtime.counts.subscriptions === 1);
  await appendAll(log, total);
  await until(() => node.realtime.counts.disconnects.SLOW_CONSUMER === 1);
  response.on("error", () => undefined);
  response.destroy();
  const again = await openSse(node.port, { channel: "orders", cursor: "memory:10" });
  await until(() => again.events.length === total - 9);
  expect(again.events.slice(1).map(({ id }) => id)).toEqual(
    Array.from({ length: total - 10 }, (_, index) => `memory:${index + 11}`),
  );
});
