import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { OrderEventSchema } from "@polywire/contract/polywire/orders/v1/order";
import { Recovery } from "@polywire/contract/polywire/type/v1/cursor";
import { expect, test } from "vitest";
import { makeCursor } from "../../protocol/cursor.ts";
import { contiguous } from "./contiguous.ts";
import type { LogMessage } from "./event-log.ts";
import { withHeartbeats } from "./heartbeats.ts";
import { createMemoryEventLog } from "./memory-log.ts";
import { isNewEnough } from "./nats-connection.ts";

const started: LogMessage = { kind: "started", recovery: Recovery.LIVE, cursor: makeCursor("e", 4n) };
const eventAt = (offset: bigint, epoch = "e"): LogMessage => ({
  kind: "event",
  event: create(OrderEventSchema, { cursor: makeCursor(epoch, offset) }),
});

async function* each(messages: LogMessage[]) {
  yield* messages;
}

async function collect(messages: AsyncIterable<LogMessage>): Promise<LogMessage[]> {
  const all: LogMessage[] = [];
  for await (const message of messages) all.push(message);
  return all;
}

test("contiguous passes on what is contiguous", async () => {
  const messages = [started, eventAt(5n), { kind: "heartbeat", cursor: makeCursor("e", 5n) } as const, eventAt(6n)];
  expect(await collect(contiguous(each(messages)))).toEqual(messages);
});

test.each([
  ["a hole", [started, eventAt(6n)]],
  ["a repeat", [started, eventAt(5n), eventAt(5n)]],
  ["another epoch", [started, eventAt(5n, "f")]],
  ["an event before the start", [eventAt(5n)]],
  ["an event without a position", [started, { kind: "event", event: create(OrderEventSchema) } as const]],
])("contiguous throws DATA_LOSS at %s", async (_, messages) => {
  await expect(collect(contiguous(each(messages as LogMessage[])))).rejects.toMatchObject({ code: Code.DataLoss });
});

test("withHeartbeats tells the last position while nothing comes, and ends with its source", async () => {
  const stop = new AbortController();
  const log = createMemoryEventLog({ heartbeatMs: 5 });
  log.append(create(OrderEventSchema, { eventId: "a" }));
  const kinds: string[] = [];
  for await (const message of log.read({ cursor: makeCursor("memory", 0n), signal: stop.signal })) {
    kinds.push(message.kind === "heartbeat" ? `heartbeat ${message.cursor.offset}` : message.kind);
    if (kinds.length === 4) stop.abort();
  }
  expect(kinds).toEqual(["started", "event", "heartbeat 1", "heartbeat 1"]);
});

test("withHeartbeats passes on what its source throws", async () => {
  const broken = contiguous(each([started, eventAt(9n)]));
  await expect(collect(withHeartbeats(broken, 1000))).rejects.toMatchObject({ code: Code.DataLoss });
});

test("isNewEnough takes nats-server 2.11 and later", () => {
  expect(["2.11.0", "2.15.2", "2.12.0-RC.1", "3.0.0"].filter((version) => !isNewEnough(version))).toEqual([]);
  expect(["2.10.29", "1.99.0", "unknown", ""].filter(isNewEnough)).toEqual([]);
});
