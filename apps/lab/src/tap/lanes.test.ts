import { once } from "node:events";
import { connect, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { stripVTControlCharacters } from "node:util";
import { createTap, eventsOf } from "@polywire/wire/tap";
import { expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { drawHpackGrowth } from "./draw-hpack.ts";
import { drawLanes } from "./draw-lanes.ts";
import { type HopEvent, hopEvent } from "./hop-event.ts";
import { hpackGrowthOf } from "./hpack-growth.ts";
import { lanesOf } from "./lanes.ts";

/** A slow answer and a fast one on one connection, the slow one held up until its reader asks for more. */
async function record(): Promise<HopEvent[]> {
  const server = createServer();
  server.on("stream", (stream, { ":path": path }) => {
    stream.respond({ ":status": 200, "x-name": "polywire" });
    stream.on("error", () => undefined);
    if (path !== "/left") stream.end(Buffer.alloc(path === "/slow" ? 200_000 : 100));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  await using tap = await createTap({ upstream: { host: "127.0.0.1", port: (server.address() as AddressInfo).port } });
  const session = connect(`http://127.0.0.1:${tap.address.port}`);
  const slow = session.request({ ":path": "/slow" });
  // Nothing is read: the window of the stream is used up.
  await tap.until(({ event }) => event.type === "frame" && "windows" in event && event.windows?.stream === 0);
  const fast = session.request({ ":path": "/fast" });
  await once(fast.resume(), "end");
  await once(slow.resume(), "end");
  const left = session.request({ ":path": "/left" });
  await once(left, "response");
  left.close(8);
  await tap.until(({ layer, event }) => layer === "call" && event.type === "cancel");
  session.destroy();
  server.close();
  return tap.events().map((event) => hopEvent("client>server", event));
}

const events = await record();

test("lanesOf + has every stream with its title, its end and the time its window was used up", () => {
  const { connections, totalMs } = lanesOf(events);
  const [{ lanes, frames, protocol } = expect.fail("no connection")] = connections;
  expect(protocol).toBe("HTTP/2");
  expect(lanes.map(({ stream, title, end }) => [stream, title, end])).toEqual([
    [1, "/slow", "ended"],
    [3, "/fast", "ended"],
    [5, "/left", "reset"],
  ]);
  const [slow, fast] = lanes;
  const [stall] = slow?.stalls ?? [];
  expect(stall?.toMs).toBeGreaterThan(fast?.toMs ?? Number.NaN);
  expect(fast?.stalls).toEqual([]);
  expect(slow?.toMs).toBeGreaterThan(fast?.toMs ?? Number.NaN);
  for (const { toMs } of lanes) expect(toMs).toBeLessThanOrEqual(totalMs);
  const data = frames.filter(({ type, stream }) => type === "DATA" && stream === 1);
  expect(data.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(200_000);
});

test("lanesOf + has a WebSocket as one lane from its handshake to its close, with its frames", async () => {
  await using server = new AsyncDisposableStack();
  const sockets = server.adopt(new WebSocketServer({ host: "127.0.0.1", port: 0 }), (one) => void one.close());
  await once(sockets, "listening");
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
  const { port } = sockets.address() as AddressInfo;
  await using tap = await createTap({ upstream: { host: "127.0.0.1", port } });
  const client = new WebSocket(`ws://127.0.0.1:${tap.address.port}/rt`);
  await once(client, "open");
  client.send("hello");
  await once(client, "message");
  client.close(1000);
  await once(client, "close");
  const [seen] = lanesOf(tap.events().map((event) => hopEvent("client>server", event))).connections;
  expect(seen?.protocol).toBe("WebSocket");
  expect(seen?.lanes.map(({ title, end }) => [title, end])).toEqual([["/rt", "ended"]]);
  expect(seen?.frames.map(({ from, type, bytes }) => [from, type, type === "HEADERS" ? 0 : bytes])).toEqual([
    ["client", "HEADERS", 0],
    ["server", "HEADERS", 0],
    ["client", "DATA", 5],
    ["server", "DATA", 5],
    ["client", "CLOSE", 2],
    ["server", "CLOSE", 2],
  ]);
});

test("lanesOf + leaves out lanes beyond the limit and counts them", () => {
  const [connection] = lanesOf(events, { maxLanes: 1 }).connections;
  expect(connection).toMatchObject({ lanes: [{ stream: 1 }], omitted: 2 });
});

test("lanesOf + a silence is a time at which several streams were open and nothing passed", () => {
  const [fast] = lanesOf(events).connections[0]?.lanes.slice(1) ?? [];
  // Everything behind the fast one's headers comes 500 ms later.
  const turn = events.findIndex(
    ({ layer, event }) => layer === "http2" && event.type === "headers" && event.streamId === 3,
  );
  const late = events.map((event, index) => (index > turn ? { ...event, atMs: event.atMs + 500 } : event));
  const [silence, ...others] = lanesOf(late, { minSilenceMs: 400 }).connections[0]?.silences ?? [];
  expect(others).toEqual([]);
  expect(silence?.fromMs).toBeCloseTo(fast?.fromMs ?? Number.NaN, 6);
});

test("drawLanes + draws each stream under its connection in 80 columns", () => {
  const lines = stripVTControlCharacters(drawLanes(lanesOf(events))).split("\n");
  expect(lines.filter((line) => [...line].length > 80)).toEqual([]);
  expect(lines[1]).toMatch(/^HTTP\/2 connection 1 {3}[·1-3 ]+/);
  expect(lines[2]).toMatch(/^ {2}1 slow +.*░/);
  expect(lines[4]).toMatch(/^ {2}3 left +.*✗$/);
  expect(drawLanes(lanesOf([]))).toContain("no frames");
});

test("hpackGrowthOf + the table grows with the first list, and the second is mostly references to it", () => {
  const [requests, responses] = hpackGrowthOf(events);
  expect(requests).toMatchObject({
    from: "client",
    blocks: [{ title: "/slow" }, { title: "/fast" }, { title: "/left" }],
  });
  const [first, second] = responses?.blocks ?? [];
  expect(first?.tableBytes).toBeGreaterThan(0);
  expect(second?.encodedBytes).toBeLessThan((first?.encodedBytes ?? 0) / 2);
  const lists = eventsOf(events, "http2", "headers").filter(({ event }) => event.from === "server");
  const asLines = lists[0]?.event.block?.fields.map(({ name, value }) => `${name}: ${value}\r\n`).join("");
  expect(first?.plainBytes).toBe(asLines?.length);
  expect(second?.plainBytes).toBe(first?.plainBytes);
  const lines = stripVTControlCharacters(drawHpackGrowth(hpackGrowthOf(events, { maxBlocks: 2 }))).split("\n");
  expect(lines.filter((line) => [...line].length > 80)).toEqual([]);
  expect(lines.filter((line) => line === "and 1 more")).toHaveLength(2);
});
