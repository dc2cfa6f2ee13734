import { once } from "node:events";
import { connect } from "node:net";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { expect, test } from "vitest";
import { type SseWriter, type SseWriterOptions, sseWriter } from "../src/index.ts";
import { httpServer } from "./http-server.ts";

/** A server that hands out the writer of each stream it starts. */
async function sseServer(options?: SseWriterOptions) {
  const waiting: ((writer: SseWriter) => void)[] = [];
  const server = await httpServer((_request, response) => {
    response.setHeader("x-request-id", "r1");
    waiting.shift()?.(sseWriter(response, options));
  });
  const { promise: writer, resolve } = Promise.withResolvers<SseWriter>();
  waiting.push(resolve);
  return { ...server, writer };
}

async function readEvents(response: Response, count: number): Promise<EventSourceMessage[]> {
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    if (events.length >= count) break;
  }
  return events;
}

/** A client that has sent its request and reads nothing of the answer. */
async function silentClient(port: number) {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
  return socket;
}

const CHUNK = `data: ${"x".repeat(65_536)}\n\n`;

test("sseWriter + sends its header at once, uncompressed, unbuffered, unstored", async () => {
  await using server = await sseServer();
  const response = await fetch(server.url);
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "text/event-stream",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
    "x-request-id": "r1",
  });
  expect(response.headers.has("content-encoding")).toBe(false);
  (await server.writer).end();
  expect(await response.text()).toBe("");
});

test("sseWriter + events, batches and comments arrive in order", async () => {
  await using server = await sseServer({ retryMs: 1500 });
  const response = await fetch(server.url);
  const writer = await server.writer;
  writer.send({ id: "e:1", event: "order", data: "one" });
  writer.comment("still here");
  writer.write(new TextEncoder().encode("id: e:2\ndata: two\n\n"));
  writer.end();
  expect(await response.text()).toBe(
    "retry: 1500\n\nid: e:1\nevent: order\ndata: one\n\n: still here\n\nid: e:2\ndata: two\n\n",
  );
});

test("sseWriter + tells a slow reader by false, and drained() once it has caught up", async () => {
  await using server = await sseServer({ maxBufferedBytes: 64 * 1_048_576 });
  const response = await fetch(server.url);
  const writer = await server.writer;
  let sent = 1;
  while (writer.write(CHUNK)) {
    sent += 1;
    expect(sent).toBeLessThan(1000);
  }
  expect(writer.bufferedBytes).toBeGreaterThan(0);
  const reading = readEvents(response, sent);
  await writer.drained();
  expect(writer.signal.aborted).toBe(false);
  expect(await reading).toHaveLength(sent);
});

test("sseWriter + cuts a reader that falls too far behind, at the bound and not later", async () => {
  const maxBufferedBytes = 1_048_576;
  await using server = await sseServer({ maxBufferedBytes });
  const socket = await silentClient(server.port);
  const writer = await server.writer;
  let most = 0;
  for (let sent = 0; !writer.signal.aborted; sent += 1) {
    writer.write(CHUNK);
    most = Math.max(most, writer.bufferedBytes);
    expect(sent).toBeLessThan(1000);
    // The kernel's own buffers fill up between turns of the event loop.
    await new Promise(setImmediate);
  }
  expect(most).toBeLessThanOrEqual(maxBufferedBytes + 65_536);
  expect(String(writer.signal.reason)).toContain("1048576 bytes behind");
  expect(writer.write(CHUNK)).toBe(false);
  await writer.drained();
  // Ends the test only when the server has really cut the connection.
  socket.on("error", () => undefined).resume();
  await new Promise((resolve) => socket.once("close", resolve));
});

test("sseWriter + its signal aborts when the client leaves, and drained() does not hang", async () => {
  await using server = await sseServer();
  const socket = await silentClient(server.port);
  const writer = await server.writer;
  writer.write("x".repeat(32 * 1_048_576));
  const drained = writer.drained();
  socket.destroy();
  await drained;
  expect(writer.signal.aborted).toBe(true);
  expect(writer.send({ data: "late" })).toBe(false);
});

test("sseWriter + refuses a bound that bounds nothing", async () => {
  const errors: unknown[] = [];
  await using server = await httpServer((_request, response) => {
    try {
      sseWriter(response, { maxBufferedBytes: Number.NaN });
    } catch (error) {
      errors.push(error);
    }
    response.end();
  });
  await fetch(server.url);
  expect(errors[0]).toBeInstanceOf(RangeError);
});
