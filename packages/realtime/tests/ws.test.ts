import { Recovery } from "@polywire/contract/polywire/type/v1/cursor";
import { expect, test } from "vitest";
import { makeCursor } from "../src/protocol/index.ts";
import { createMemoryEventLog } from "../src/server/index.ts";
import { orderEvent, orderIdOf } from "./support/events.ts";
import { startNode, tokenFor, until } from "./support/node.ts";
import { connectWs } from "./support/ws-client.ts";

test("a connection is greeted with its node, its heartbeat and its token's end", async () => {
  await using node = await startNode(createMemoryEventLog());
  const client = await connectWs(node.port);
  expect(await client.next("welcome")).toMatchObject({ nodeId: "node-1", heartbeatInterval: { seconds: 15n } });
});

test("Subscribe without a cursor answers live and delivers from now on, by JSON and protobuf alike", async () => {
  const log = createMemoryEventLog();
  log.append(orderEvent("before"));
  await using node = await startNode(log);
  for (const subprotocol of ["polywire.v1.json", "polywire.v1.proto"] as const) {
    const client = await connectWs(node.port, { subprotocol });
    const head = node.tail.window.head.offset;
    expect(await client.subscribe("orders")).toMatchObject({
      case: "subscribed",
      value: { channel: "orders", recovery: Recovery.LIVE, cursor: { offset: head } },
    });
    log.append(orderEvent("äé💥", { note: "ünï\n\u2028code" }));
    const event = await client.next("event");
    expect(event).toMatchObject({
      channel: "orders",
      payload: { value: { eventId: "äé💥", cursor: { offset: head + 1n } } },
    });
    expect(event.payload.value?.order?.note).toBe("ünï\n\u2028code");
    client.socket.terminate();
  }
});

test("channels deliver only what belongs to them", async () => {
  const log = createMemoryEventLog();
  await using node = await startNode(log);
  const ada = await connectWs(node.port, { token: tokenFor("ada") });
  await ada.subscribe("orders.customer.ada");
  await ada.subscribe(`orders.order.${orderIdOf(7)}`);
  log.append(orderEvent("1", { customerId: "bob", number: 1 }));
  log.append(orderEvent("2", { customerId: "ada", number: 2 }));
  log.append(orderEvent("3", { customerId: "bob", number: 7 }));
  log.append(orderEvent("4", { customerId: "ada", number: 7 }));
  await until(() => ada.offsets().length >= 4);
  expect(ada.offsets("orders.customer.ada")).toEqual([2n, 4n]);
  expect(ada.offsets(`orders.order.${orderIdOf(7)}`)).toEqual([3n, 4n]);
});

test("Subscribe with a cursor answers recovered from the window and from the log", async () => {
  const log = createMemoryEventLog();
  for (let number = 1; number <= 600; number += 1) log.append(orderEvent(String(number)));
  await using node = await startNode(log, { tail: { windowEvents: 100 } });
  for (const from of [550n, 3n]) {
    const client = await connectWs(node.port);
    const answer = await client.subscribe("orders", makeCursor("memory", from));
    expect(answer).toMatchObject({ value: { recovery: Recovery.RECOVERED, cursor: { offset: from } } });
    await until(() => client.offsets().length === 600 - Number(from));
    expect(client.offsets()).toEqual(
      Array.from({ length: 600 - Number(from) }, (_, index) => from + 1n + BigInt(index)),
    );
  }
});

test("Subscribe with a cursor answers gap, epoch_changed, and waits for a cursor from another node that is ahead", async () => {
  const log = createMemoryEventLog();
  for (let number = 1; number <= 50; number += 1) log.append(orderEvent(String(number)));
  log.trim(10);
  await using node = await startNode(log, { server: { aheadWaitMs: 300 } });
  const client = await connectWs(node.port);
  expect(await client.subscribe("orders", makeCursor("memory", 3n))).toMatchObject({
    value: { recovery: Recovery.GAP, cursor: { offset: 40n } },
  });
  await until(() => client.offsets().length === 10);
  const other = await connectWs(node.port);
  expect(await other.subscribe("orders", makeCursor("older", 3n))).toMatchObject({
    value: { recovery: Recovery.EPOCH_CHANGED, cursor: { epoch: "memory", offset: 50n } },
  });
  const beyond = await connectWs(node.port);
  expect(await beyond.subscribe("orders", makeCursor("memory", 99n))).toMatchObject({
    value: { recovery: Recovery.EPOCH_CHANGED, cursor: { epoch: "memory", offset: 50n } },
  });
  const ahead = await connectWs(node.port);
  const answer = ahead.subscribe("orders", makeCursor("memory", 51n));
  log.append(orderEvent("51"));
  expect(await answer).toMatchObject({ value: { recovery: Recovery.RECOVERED, cursor: { offset: 51n } } });
});

test("Unsubscribe ends delivery, and what is not subscribed is NOT_FOUND", async () => {
  const log = createMemoryEventLog();
  await using node = await startNode(log);
  const client = await connectWs(node.port);
  await client.subscribe("orders");
  expect(await client.subscribe("orders")).toMatchObject({ case: "error", value: { code: "ALREADY_EXISTS" } });
  const unsubscribe = { case: "unsubscribe", value: { channel: "orders" } } as const;
  expect(await client.request(unsubscribe)).toMatchObject({ case: "unsubscribed" });
  log.append(orderEvent("1"));
  expect(await client.request(unsubscribe)).toMatchObject({ case: "error", value: { code: "NOT_FOUND" } });
  expect(client.offsets()).toEqual([]);
  expect(node.realtime.counts.subscriptions).toBe(0);
});

test("heartbeats carry the head when nothing else was sent", async () => {
  const log = createMemoryEventLog();
  log.append(orderEvent("1"));
  await using node = await startNode(log, { server: { heartbeatMs: 30 } });
  const client = await connectWs(node.port, { token: tokenFor("bob") });
  await client.subscribe("orders.customer.bob");
  log.append(orderEvent("2"));
  await until(() =>
    client.frames.some(({ message }) => message.case === "heartbeat" && message.value.head?.offset === 2n),
  );
});

test("a client that does not answer pings is disconnected", async () => {
  await using node = await startNode(createMemoryEventLog(), { server: { heartbeatMs: 30 } });
  const client = await connectWs(node.port, { settings: { autoPong: false } });
  expect(await client.closed).toEqual({ code: 3004, reason: "NO_PONG" });
  expect(node.realtime.counts.disconnects.NO_PONG).toBe(1);
});

test("a log that was reset disconnects subscribers, and their resume answers epoch_changed", async () => {
  const log = createMemoryEventLog();
  for (let number = 1; number <= 5; number += 1) log.append(orderEvent(String(number)));
  await using node = await startNode(log);
  const client = await connectWs(node.port);
  await client.subscribe("orders");
  log.reset("second");
  log.append(orderEvent("1"));
  expect(await client.closed).toEqual({ code: 3003, reason: "LOG_CHANGED" });
  const again = await connectWs(node.port);
  expect(await again.subscribe("orders", makeCursor("memory", 5n))).toMatchObject({
    value: { recovery: Recovery.EPOCH_CHANGED, cursor: { epoch: "second", offset: 1n } },
  });
});

test("a reading that broke off goes on without a subscriber noticing", async () => {
  const log = createMemoryEventLog();
  await using node = await startNode(log);
  const client = await connectWs(node.port);
  await client.subscribe("orders");
  for (let number = 1; number <= 300; number += 1) {
    log.append(orderEvent(String(number)));
    if (number % 100 === 0) log.interrupt();
  }
  await until(() => client.offsets().length === 300);
  expect(client.offsets()).toEqual(Array.from({ length: 300 }, (_, index) => BigInt(index + 1)));
});
