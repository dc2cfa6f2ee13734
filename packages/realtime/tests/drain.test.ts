import { expect, test } from "vitest";
import { createMemoryEventLog } from "../src/server/index.ts";
import { orderEvent } from "./support/events.ts";
import { startNode, stationToken, until } from "./support/node.ts";
import { openSse } from "./support/sse-client.ts";
import { connectWs, refusedWith } from "./support/ws-client.ts";

test("drain tells every client when to come back with which cursor, in batches, and lets nobody in", async () => {
  const log = createMemoryEventLog();
  await using node = await startNode(log);
  const clients = await Promise.all(Array.from({ length: 9 }, () => connectWs(node.port)));
  await Promise.all(clients.map((client) => client.subscribe("orders")));
  const sse = await openSse(node.port, { channel: "orders" });
  log.append(orderEvent("1"));
  await until(() => clients.every((client) => client.offsets().length === 1) && sse.events.length === 2);
  const endings: number[] = [];
  for (const client of clients) void client.closed.then(() => endings.push(performance.now()));

  const draining = node.realtime.drain({ windowMs: 200, batches: 5, reconnectSpreadMs: 1000 });
  expect(await refusedWith(node.port, { token: stationToken })).toBe(503);
  await draining;
  for (const client of clients) {
    expect(await client.closed).toEqual({ code: 3000, reason: "DRAINING" });
    const { after, cursor } = await client.next("reconnect");
    expect(Number(after?.seconds) * 1000 + Number(after?.nanos) / 1e6).toBeLessThanOrEqual(1000);
    expect(cursor).toMatchObject({ epoch: "memory", offset: 1n });
  }
  await until(() => endings.length === clients.length);
  expect(Math.max(...endings) - Math.min(...endings)).toBeGreaterThan(100);
  await sse.ended;
  expect(sse.events.slice(-2)).toMatchObject([
    { event: "reconnect", id: "memory:1" },
    { event: "disconnect", data: '{"code":3000,"reason":"DRAINING"}' },
  ]);
  expect(sse.retries).toHaveLength(1);
  expect(node.realtime.counts.connections).toEqual({ ws: 0, sse: 0 });
});

test("drain answers commands in work, within its bound", async () => {
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  await using node = await startNode(createMemoryEventLog(), {
    server: {
      async execute() {
        started.resolve();
        await release.promise;
        throw new Error("done");
      },
    },
  });
  const quick = await connectWs(node.port);
  const answer = quick.request({ case: "command", value: { call: { case: "listOrders", value: {} } } });
  await started.promise;
  const draining = node.realtime.drain({ windowMs: 10, finishMs: 5000 });
  release.resolve();
  expect(await answer).toMatchObject({ case: "error" });
  await draining;
});

test("drain is bounded when a client neither reads nor answers", { timeout: 15_000 }, async () => {
  await using node = await startNode(createMemoryEventLog(), {
    server: { execute: () => new Promise(() => undefined) },
  });
  const client = await connectWs(node.port);
  client.request({ case: "command", value: { call: { case: "listOrders", value: {} } } }).catch(() => undefined);
  client.socket.pause();
  const startedMs = performance.now();
  await node.realtime.drain({ windowMs: 10, finishMs: 100 });
  expect(performance.now() - startedMs).toBeLessThan(5000);
  client.socket.terminate();
});
