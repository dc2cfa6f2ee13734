import { once } from "node:events";
import { createServer as createHttp1Server } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, connect } from "node:net";
import { create, type DescMessage, type DescService, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  connectNodeAdapter,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { toReadable } from "../src/protobuf/index.ts";
import { type CallEvent, createTap, eventsOf, type Tap, type TapEvent } from "../src/tap/index.ts";
import { startServer } from "./support/tcp.ts";
import { TEST_REGISTRY } from "./support/test-proto.ts";

const THINGS = TEST_REGISTRY.getService("test.Things") as DescService;
const ALL = TEST_REGISTRY.getMessage("test.All") as DescMessage;

type Things = { get(request: object, options?: object): Promise<unknown> };

/** connect-node answers over HTTP/1.1 or HTTP/2: a thing back, an error for 404, nothing for 500. */
async function startThings(version: "1.1" | "2") {
  const waiting = Promise.withResolvers<void>();
  const handler = connectNodeAdapter({
    routes: (router) =>
      router.service(THINGS, {
        get: async (request: { fInt32?: number }, { signal }: { signal: AbortSignal }) => {
          if (request.fInt32 === 404) throw new ConnectError("no thing", Code.NotFound);
          if (request.fInt32 === 500) {
            waiting.resolve();
            await once(signal, "abort");
          }
          return create(ALL, { fString: "thing" });
        },
      } as never),
  });
  const server = version === "2" ? createHttp2Server(handler) : createHttp1Server(handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const sockets = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => sockets.add(socket));
  return {
    address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    waiting: waiting.promise,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function callsOf(tap: Tap): CallEvent[] {
  return eventsOf(tap.events(), "call").map(({ event }) => event);
}

const WIRES: readonly [string, "1.1" | "2", (baseUrl: string) => Transport][] = [
  ["grpc", "2", (baseUrl) => createGrpcTransport({ baseUrl })],
  ["grpc-web", "1.1", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })],
  ["grpc-web", "2", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "2" })],
  ["connect", "1.1", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: true })],
  ["connect", "2", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true })],
];

test.each(WIRES)("createTap + shows real %s calls over HTTP/%s the same way", async (style, version, transport) => {
  await using things = await startThings(version);
  await using tap = await createTap({ upstream: things.address, registry: TEST_REGISTRY });
  const client = createClient(THINGS, transport(`http://${tap.address.host}:${tap.address.port}`)) as unknown as Things;

  await client.get({ fInt32: 7 }, { timeoutMs: 5000, headers: { "x-request-id": "r-1" } });
  await client.get({ fInt32: 404 }).catch(() => undefined);
  const caller = new AbortController();
  void things.waiting.then(() => caller.abort());
  await client.get({ fInt32: 500 }, { signal: caller.signal }).catch(() => undefined);
  await tap.until((event) => event.layer === "call" && event.event.type === "cancel");

  const calls = callsOf(tap);
  expect(calls.filter(({ type }) => type === "error")).toEqual([]);
  const started = calls.filter((event) => event.type === "call");
  expect(started).toMatchObject([
    { style, path: "/test.Things/Get", codec: "proto", requestId: "r-1", timeoutMs: 5000 },
    { style, timeoutMs: null },
    { style },
  ]);
  const [request, response] = calls.filter((event) => event.type === "message");
  expect(request?.from).toBe("client");
  expect({ ...toReadable(request?.decoded() ?? expect.fail("not decoded")) }).toEqual({ f_int32: 7 });
  expect({ ...toReadable(response?.decoded() ?? expect.fail("not decoded")) }).toEqual({ f_string: "thing" });
  const ended = calls.filter((event) => event.type === "end");
  expect(ended).toMatchObject([{ code: "OK" }, { code: "NOT_FOUND", message: "no thing" }]);
  expect(calls.at(-1)).toMatchObject({ type: "cancel", from: "client", call: started[2]?.call });
});

test("createTap + shows a real WebSocket: handshake, frames, messages of the subprotocol's types, close", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "things.v1.proto" });
  await once(server, "listening");
  server.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
  const upstream = { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
  const types = { client: "test.All", server: "test.All" };
  await using tap = await createTap({
    upstream,
    registry: TEST_REGISTRY,
    websocketTypes: (subprotocol) => (subprotocol === "things.v1.proto" ? types : undefined),
  });
  const socket = new WebSocket(`ws://127.0.0.1:${tap.address.port}/rt`, "things.v1.proto");
  await once(socket, "open");
  socket.send(toBinary(ALL, create(ALL, { fInt32: 7 } as never)));
  await once(socket, "message");
  socket.close(4001, "enough");
  await once(socket, "close");
  server.close();

  const calls = callsOf(tap);
  expect(calls[0]).toMatchObject({ type: "call", style: "websocket", path: "/rt" });
  const messages = calls.filter((event) => event.type === "message");
  expect(messages.map(({ from, codec, framingBytes }) => [from, codec, framingBytes])).toEqual([
    ["client", "proto", 6],
    ["server", "proto", 2],
  ]);
  for (const message of messages) {
    expect({ ...toReadable(message.decoded() ?? expect.fail("not decoded")) }).toEqual({ f_int32: 7 });
  }
  expect(calls.filter(({ type }) => type === "end")).toMatchObject([{ code: "4001", message: "enough" }]);
  const frames = tap.events().flatMap((event) => (event.layer === "websocket" ? [event.event.type] : []));
  expect(frames.slice(0, 4)).toEqual(["frame", "message", "frame", "message"]);
});

test("createTap + shows each server-sent event as a message", async () => {
  const server = createHttp1Server((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write('id: 1\ndata: {"a":1}\n\n');
    response.end(": beat\ndata: two\n\n");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  await using tap = await createTap({ upstream: { host: "127.0.0.1", port: (server.address() as AddressInfo).port } });
  await (await fetch(`http://127.0.0.1:${tap.address.port}/rt/sse`)).text();
  server.close();
  server.closeAllConnections();
  const messages = callsOf(tap).filter((event) => event.type === "message");
  expect(messages.map(({ payload }) => Buffer.from(payload ?? []).toString())).toEqual(['{"a":1}', "two"]);
});

test("createTap + numbers events without gaps, in the order of time, frame before header list before call", async () => {
  await using things = await startThings("2");
  await using tap = await createTap({ upstream: things.address });
  const client = createClient(
    THINGS,
    createGrpcTransport({ baseUrl: `http://127.0.0.1:${tap.address.port}` }),
  ) as unknown as Things;
  await client.get({ fInt32: 7 });
  const events = tap.events();
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
  expect(events.map(({ atMs }) => atMs)).toEqual(events.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
  const call = events.findIndex(({ layer }) => layer === "call");
  expect(events.slice(0, 3).map(({ layer, event }) => `${layer} ${event.type}`)).toEqual([
    "tcp open",
    "tcp protocol",
    "http2 frame",
  ]);
  const before = events.slice(call - 2, call).map(({ event }) => event.type);
  expect(before).toEqual(["frame", "headers"]);
});

test("createTap + shows the bytes of a protocol that it does not know", async () => {
  await using echo = await startServer((socket) => socket.pipe(socket));
  await using tap = await createTap({ upstream: echo.endpoint });
  const socket = connect(tap.address.port, tap.address.host);
  const greeting = Buffer.from("0123456789 this is nothing that anybody knows");
  socket.write(greeting);
  await once(socket, "data");
  socket.end();
  await once(socket, "close");
  await tap.until(({ event }) => event.type === "close");
  const events = tap.events();
  expect(events).toContainEqual(expect.objectContaining({ event: { type: "protocol", protocol: "opaque" } }));
  const sent = events.flatMap(({ event }) => (event.type === "bytes" && event.from === "client" ? [event.bytes] : []));
  expect(Buffer.concat(sent)).toEqual(greeting);
});

test("createTap + keeps no more events and bytes than it is allowed, counts the others, and tells subscribers all", async () => {
  await using echo = await startServer((socket) => socket.pipe(socket));
  let told = 0;
  await using tap = await createTap({
    upstream: echo.endpoint,
    maxEvents: 3,
    maxBytes: 4096,
    onEvent: () => {
      told += 1;
    },
  });
  const socket = connect(tap.address.port, tap.address.host);
  for (let round = 0; round < 5; round += 1) {
    socket.write(Buffer.alloc(1500, "z"));
    await once(socket, "data");
  }
  socket.destroy();
  await tap.until(({ event }) => event.type === "close");
  expect(tap.events().length).toBeLessThanOrEqual(3);
  expect(tap.events().length + tap.dropped).toBe(told);
  const kept = tap.records().reduce((sum, { raw }) => sum + (raw.kind === "chunk" ? raw.bytes.length : 0), 0);
  expect(kept).toBeLessThanOrEqual(4096);
});

test("createTap + has in its events what a caller has received, however soon it is asked", async () => {
  await using echo = await startServer((socket) => socket.pipe(socket));
  await using tap = await createTap({ upstream: echo.endpoint, protocol: "opaque" });
  const socket = connect(tap.address.port, tap.address.host).setNoDelay(true);
  for (let round = 1; round <= 50; round += 1) {
    socket.write("ping");
    await once(socket, "data");
    expect(tap.events().filter(({ event }) => event.type === "bytes")).toHaveLength(round * 2);
  }
  const told: string[] = [];
  const stop = tap.subscribe(({ event }) => told.push(event.type));
  const given = new AbortController();
  const fits = ({ event }: TapEvent): boolean => event.type === "bytes" && event.bytes.length === 5;
  const found = tap.until(fits, given.signal);
  socket.write("other");
  await once(socket, "data");
  given.abort();
  stop();
  expect(told).toEqual(["bytes", "bytes"]);
  await expect(found).resolves.toMatchObject({ event: { from: "client" } });
  socket.destroy();
});

test("createTap + keeps the traffic going when a subscriber throws, and says so on close", async () => {
  await using echo = await startServer((socket) => socket.pipe(socket));
  const onEvent = ({ event }: TapEvent): void => {
    if (event.type === "bytes") throw new Error("the subscriber fails");
  };
  const tap = await createTap({ upstream: echo.endpoint, protocol: "opaque", onEvent });
  const socket = connect(tap.address.port, tap.address.host);
  for (let round = 0; round < 3; round += 1) {
    socket.write("ping");
    expect(String((await once(socket, "data"))[0])).toBe("ping");
  }
  socket.destroy();
  await expect(tap.close()).rejects.toThrow("the subscriber fails");
});

test.each([
  ["maxEvents", 0],
  ["maxBytes", -1],
  ["maxCalls", 0.5],
  ["maxMessageBytes", -1],
])("createTap + refuses %s of %d", async (name, value) => {
  const upstream = { host: "127.0.0.1", port: 1 };
  await expect(createTap({ upstream, [name]: value })).rejects.toThrow(name);
});
