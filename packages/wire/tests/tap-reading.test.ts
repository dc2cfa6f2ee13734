import { once } from "node:events";
import { createServer as createHttp1Server } from "node:http";
import { createServer } from "node:http2";
import { type AddressInfo, connect } from "node:net";
import { create, type DescMessage, type DescService } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { connectNodeAdapter, createGrpcTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { createTap, eventsOf, framesOf, readTap, type TapEvent } from "../src/tap/index.ts";
import { startServer } from "./support/tcp.ts";
import { TEST_REGISTRY } from "./support/test-proto.ts";

const THINGS = TEST_REGISTRY.getService("test.Things") as DescService;
const ALL = TEST_REGISTRY.getMessage("test.All") as DescMessage;

type Things = { get(request: object, options?: object): Promise<unknown> };

async function startThings() {
  const answer = () => create(ALL, { fString: "x".repeat(20_000) } as never);
  const routes = (router: { service(service: DescService, things: never): void }) =>
    router.service(THINGS, { get: answer } as never);
  const server = createServer(connectNodeAdapter({ routes: routes as never }));
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

const isClose = ({ layer, event }: TapEvent): boolean => layer === "tcp" && event.type === "close";

test("readTap + counts the calls of one connection: headers, frames, messages, every byte once", async () => {
  await using things = await startThings();
  await using tap = await createTap({ upstream: things.address, registry: TEST_REGISTRY });
  const baseUrl = `http://127.0.0.1:${tap.address.port}`;
  const client = createClient(THINGS, createGrpcTransport({ baseUrl, acceptCompression: [] })) as unknown as Things;
  for (const id of ["r-1", "r-2", "r-3"]) {
    await client.get({ fInt32: 7 }, { timeoutMs: 5000, headers: { "x-request-id": id } });
  }
  const { connections, calls } = readTap(tap);
  expect(connections).toMatchObject([{ connection: 1, protocol: "http2", calls: 3, closed: null }]);
  expect(calls.map(({ call, requestId, code, messages }) => [call, requestId, code, messages])).toEqual([
    [1, "r-1", "OK", { client: 1, server: 1 }],
    [3, "r-2", "OK", { client: 1, server: 1 }],
    [5, "r-3", "OK", { client: 1, server: 1 }],
  ]);
  // The second call's headers are mostly references to what the first has put in the table.
  const [first, second] = calls.map(({ headerBytes }) => headerBytes.client);
  expect(second).toBeLessThan((first ?? 0) / 2);
  for (const { frames, messageBytes, wireBytes, headerBytes } of calls) {
    expect(frames.server).toMatchObject({ HEADERS: 2, DATA: 2 });
    expect(wireBytes.server).toBe(headerBytes.server + 5 + messageBytes.server + 4 * 9);
  }
  const shared = framesOf(tap.events()).filter(({ frame, from }) => frame.streamId === 0 && from === "server");
  const ofConnection = shared.reduce((sum, { frame }) => sum + 9 + frame.length, 0);
  const ofCalls = calls.reduce((sum, { wireBytes }) => sum + wireBytes.server, 0);
  expect(connections[0]?.bytes.server).toBe(ofConnection + ofCalls);
});

test("readTap + counts HTTP/1.1 by exchange and a WebSocket by its frames", async () => {
  const server = createHttp1Server((request, response) => request.resume().on("end", () => response.end("pong")));
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
  await once(server.listen(0, "127.0.0.1"), "listening");
  await using tap = await createTap({ upstream: { host: "127.0.0.1", port: (server.address() as AddressInfo).port } });
  const at = `127.0.0.1:${tap.address.port}`;
  await (await fetch(`http://${at}/ping`, { method: "POST", body: "ping!" })).text();
  const socket = new WebSocket(`ws://${at}/rt`, { perMessageDeflate: false });
  await once(socket, "open");
  for (const text of ["one", "two"]) {
    socket.send(text);
    await once(socket, "message");
  }
  socket.close();
  await tap.until(isClose);
  sockets.close();
  server.close();
  server.closeAllConnections();

  const { calls, connections } = readTap(tap);
  expect(calls).toMatchObject([
    { style: "http", path: "/ping", messageBytes: { client: 5, server: 4 } },
    { style: "websocket", path: "/rt", messages: { client: 2, server: 2 }, code: "1005" },
  ]);
  expect(calls[0]?.wireBytes).toEqual(connections[0]?.bytes);
  expect(calls[0]?.headerBytes.client).toBe((calls[0]?.wireBytes.client ?? 0) - 5);
  expect(calls[1]?.frames.client).toEqual({ text: 2, close: 1 });
  expect(connections[1]).toMatchObject({ closed: "finished", bytes: calls[1]?.wireBytes });
});

test("readTap + refuses to count where events were forgotten; after clear it counts what follows", async () => {
  await using echo = await startServer((socket) => socket.pipe(socket));
  await using tap = await createTap({ upstream: echo.endpoint, maxEvents: 3 });
  const socket = connect(tap.address.port, tap.address.host);
  socket.write("x".repeat(100));
  await once(socket, "data");
  expect(() => readTap(tap)).toThrow(/has forgotten \d+ events: raise its maxEvents/);
  tap.clear();
  socket.destroy();
  await tap.until(isClose);
  expect(readTap(tap).connections).toMatchObject([{ openedAtMs: null, closed: "finished", bytes: { client: 0 } }]);
});

test("Tap.until + gives what was seen before, waits for what comes, and gives up with the signal or the tap", async () => {
  await using echo = await startServer((socket) => socket.pipe(socket));
  await using tap = await createTap({ upstream: echo.endpoint });
  const waiting = tap.until(({ event }) => event.type === "open");
  const never = tap.until(() => false);
  const aborted = tap.until(() => false, AbortSignal.abort(new Error("enough")));
  await expect(aborted).rejects.toThrow("enough");
  const socket = connect(tap.address.port, tap.address.host);
  expect(await waiting).toMatchObject({ layer: "tcp", connection: 1 });
  expect(await tap.until(({ event }) => event.type === "open")).toBe(await waiting);
  const broken = tap.until(isClose);
  socket.on("error", () => undefined);
  await tap.close();
  expect(await broken).toMatchObject({ event: { reason: "proxy-closed" } });
  await expect(never).rejects.toThrow("the tap was closed");
});

test("eventsOf and framesOf + narrow to layer, type and frame", async () => {
  await using things = await startThings();
  await using tap = await createTap({ upstream: things.address });
  const baseUrl = `http://127.0.0.1:${tap.address.port}`;
  await (createClient(THINGS, createGrpcTransport({ baseUrl, acceptCompression: [] })) as unknown as Things).get({});
  const events = tap.events();
  const paths: readonly (string | null)[] = eventsOf(events, "call", "call").map(({ event }) => event.path);
  expect(paths).toEqual(["/test.Things/Get"]);
  expect(eventsOf(events, "tcp").map(({ event }) => event.type)).toEqual(["open", "protocol"]);
  const data = framesOf(events, "DATA").filter(({ from }) => from === "server");
  expect(data.reduce((sum, { frame }) => sum + frame.data.length, 0)).toBeGreaterThan(20_000);
  expect(framesOf(events)).toHaveLength(eventsOf(events, "http2", "frame").length);
});
