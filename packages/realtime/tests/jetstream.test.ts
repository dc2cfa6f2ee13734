import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { OrderEventSchema } from "@polywire/contract/polywire/orders/v1/order";
import { Recovery } from "@polywire/contract/polywire/type/v1/cursor";
import { type NatsServer, startNats } from "@polywire/system";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { makeCursor } from "../src/protocol/index.ts";
import {
  connectNats,
  createJetStreamEventLog,
  createJetStreamPublisher,
  type LogMessage,
} from "../src/server/index.ts";

let nats: NatsServer;
let connection: NatsConnection;

beforeAll(async () => {
  nats = await startNats();
  connection = await connectNats({ url: nats.url, name: "test" });
});
afterAll(async () => {
  await connection.close();
  await nats[Symbol.asyncDispose]();
});
beforeEach(async () => {
  const manager = await jetstreamManager(connection);
  await manager.streams.delete("POLYWIRE_EVENTS").catch(() => undefined);
});

const orderEvent = (id: string) => create(OrderEventSchema, { eventId: id });

async function publishRange(from: bigint, to: bigint, epoch = "one") {
  const publisher = createJetStreamPublisher({ connection, epoch });
  await publisher.ensure({ firstOffset: from });
  const acknowledged: Promise<string>[] = [];
  for (let offset = from; offset <= to; offset += 1n) {
    acknowledged.push(publisher.publish(orderEvent(`${epoch}-${offset}`), offset));
  }
  expect(new Set(await Promise.all(acknowledged))).toEqual(new Set(["stored"]));
  return publisher;
}

async function readSome(cursor: ReturnType<typeof makeCursor> | undefined, count: number): Promise<LogMessage[]> {
  const stop = new AbortController();
  const messages: LogMessage[] = [];
  for await (const message of createJetStreamEventLog({ connection }).read({ cursor, signal: stop.signal })) {
    messages.push(message);
    if (messages.length === count) {
      stop.abort();
    }
  }
  return messages;
}

const offsets = (messages: LogMessage[]) =>
  messages.flatMap((message) => (message.kind === "event" ? [message.event.cursor?.offset] : []));

test("ensure makes a stream whose first sequence is the first offset", async () => {
  const publisher = createJetStreamPublisher({ connection, epoch: "one" });
  expect(await publisher.ensure({ firstOffset: 41n })).toEqual({ created: true, lastOffset: 40n });
  expect(await publisher.ensure({ firstOffset: 41n })).toEqual({ created: false, lastOffset: 40n });
  const { oldest, head } = await createJetStreamEventLog({ connection }).bounds();
  expect([oldest.offset, head.offset, head.epoch]).toEqual([40n, 40n, "one"]);
  expect(await publisher.publish(orderEvent("a"), 41n)).toBe("stored");
  expect(await publisher.lastOffset()).toBe(41n);
});

test("publish answers duplicate for the same event, inside and outside the duplicate window", async () => {
  const publisher = await publishRange(1n, 3n);
  expect(await publisher.publish(orderEvent("one-2"), 2n)).toBe("duplicate");
  const manager = await jetstreamManager(connection);
  await manager.streams.update("POLYWIRE_EVENTS", { duplicate_window: 100_000_000 });
  await expect.poll(() => publisher.publish(orderEvent("one-3"), 3n)).toBe("duplicate");
  expect(await publisher.lastOffset()).toBe(3n);
});

test("publish refuses an event whose number does not follow", async () => {
  const publisher = await publishRange(1n, 3n);
  await expect(publisher.publish(orderEvent("x"), 5n)).rejects.toMatchObject({ code: Code.FailedPrecondition });
  await expect(publisher.publish(orderEvent("x"), 3n)).rejects.toMatchObject({ code: Code.FailedPrecondition });
  await expect(publisher.publish(orderEvent("one-1"), 2n)).rejects.toMatchObject({ code: Code.FailedPrecondition });
  expect(await publisher.lastOffset()).toBe(3n);
});

test("publish says UNAVAILABLE when the stream is lost, and ensure makes it anew for the refill", async () => {
  const publisher = await publishRange(1n, 3n);
  const manager = await jetstreamManager(connection);
  await manager.streams.delete("POLYWIRE_EVENTS");
  await expect(publisher.publish(orderEvent("one-4"), 4n)).rejects.toMatchObject({ code: Code.Unavailable });
  expect(await publisher.ensure({ firstOffset: 2n, lastOffset: 3n })).toEqual({ created: true, lastOffset: 1n });
  expect(await publisher.publish(orderEvent("one-2"), 2n)).toBe("stored");
});

test("ensure replaces a stream of another epoch or one that ends too early, and refuses one that is ahead", async () => {
  await publishRange(1n, 3n);
  const next = createJetStreamPublisher({ connection, epoch: "two" });
  expect(await next.ensure({ firstOffset: 1n })).toEqual({ created: true, lastOffset: 0n });
  expect(await next.ensure({ firstOffset: 10n })).toEqual({ created: true, lastOffset: 9n });
  await expect(next.ensure({ firstOffset: 1n, lastOffset: 5n })).rejects.toMatchObject({
    code: Code.FailedPrecondition,
  });
});

test("ensure refuses a stream that is not Polywire's", async () => {
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: "POLYWIRE_EVENTS", subjects: ["somebody.else"] });
  await expect(
    createJetStreamPublisher({ connection, epoch: "one" }).ensure({ firstOffset: 1n }),
  ).rejects.toMatchObject({ code: Code.FailedPrecondition });
});

test("read delivers everything after the cursor and says recovered", async () => {
  await publishRange(1n, 1500n);
  const messages = await readSome(makeCursor("one", 7n), 1494);
  expect(messages[0]).toMatchObject({ kind: "started", recovery: Recovery.RECOVERED, cursor: { offset: 7n } });
  expect(offsets(messages)).toEqual(Array.from({ length: 1493 }, (_, index) => BigInt(index + 8)));
});

test("read says gap when the cursor is older than what the stream keeps", async () => {
  await publishRange(1n, 20n);
  const manager = await jetstreamManager(connection);
  await manager.streams.purge("POLYWIRE_EVENTS", { keep: 5 });
  const messages = await readSome(makeCursor("one", 3n), 3);
  expect(messages[0]).toMatchObject({ kind: "started", recovery: Recovery.GAP, cursor: { offset: 15n } });
  expect(offsets(messages)).toEqual([16n, 17n]);
});

test("read says epoch_changed for a cursor of another epoch and for one beyond the head", async () => {
  await publishRange(1n, 3n);
  for (const cursor of [makeCursor("two", 1n), makeCursor("one", 4n)]) {
    expect(await readSome(cursor, 1)).toMatchObject([{ recovery: Recovery.EPOCH_CHANGED, cursor: { offset: 3n } }]);
  }
});

test("read breaks off with UNAVAILABLE when the stream goes away under it", { timeout: 30_000 }, async () => {
  await publishRange(1n, 3n);
  const manager = await jetstreamManager(connection);
  const reading = (async () => {
    const log = createJetStreamEventLog({ connection });
    for await (const message of log.read({ cursor: makeCursor("one", 0n), signal: new AbortController().signal })) {
      if (message.kind === "event" && message.event.cursor?.offset === 3n) {
        await manager.streams.delete("POLYWIRE_EVENTS");
      }
    }
  })();
  await expect(reading).rejects.toMatchObject({ code: Code.Unavailable });
});

test("bounds says UNAVAILABLE while there is no stream", async () => {
  await expect(createJetStreamEventLog({ connection }).bounds()).rejects.toMatchObject({ code: Code.Unavailable });
});

test("connectNats says UNAVAILABLE and the address when nobody answers", async () => {
  await expect(connectNats({ url: "nats://127.0.0.1:1", name: "test" })).rejects.toMatchObject({
    code: Code.Unavailable,
    message: expect.stringContaining("nats://127.0.0.1:1"),
  });
});
