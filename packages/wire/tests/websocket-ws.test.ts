import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { type PerMessageDeflateOptions, type RawData, WebSocket, WebSocketServer } from "ws";
import { createHttp1Connection, type Http1Field } from "../src/http1/index.ts";
import {
  createWebSocketConnection,
  readWebSocketHandshake,
  type Side,
  type WebSocketConnection,
  type WebSocketEvent,
} from "../src/websocket/index.ts";
import { type Recorded, startRecorder } from "./support/recorder.ts";

/** Sends every message back, and some of its own. */
async function startEcho(perMessageDeflate: boolean | PerMessageDeflateOptions) {
  const options = { port: 0, host: "127.0.0.1", perMessageDeflate, maxPayload: 2 ** 22 };
  const server = new WebSocketServer({ ...options, handleProtocols: () => "polywire.v1.json" });
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (data: RawData, isBinary) => socket.send(data, { binary: isBinary }));
  });
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      server.close();
      await once(server, "close");
    },
  };
}

const TEXTS = ["hello", "", "ä€😀".repeat(5000), JSON.stringify({ again: "and again ".repeat(20) })];

/** A real client's conversation with a real server, as a recorder in between has it. */
async function record(perMessageDeflate: boolean | PerMessageDeflateOptions) {
  await using server = await startEcho(perMessageDeflate);
  await using recorder = await startRecorder(server.port);
  const socket = new WebSocket(`ws://127.0.0.1:${recorder.port}/chat`, "polywire.v1.json", { perMessageDeflate });
  await once(socket, "open");
  for (const text of [...TEXTS, ...TEXTS]) {
    socket.send(text);
    await once(socket, "message");
  }
  socket.send("in ", { fin: false });
  socket.ping("are you there?");
  socket.send("fragments", { fin: true });
  await once(socket, "message");
  socket.send(Buffer.alloc(100_000, 7));
  await once(socket, "message");
  socket.close(4001, "enough");
  await once(socket, "close");
  await recorder.clientsEnded();
  return recorder.connections[0] ?? [];
}

/** HTTP until the handshake, WebSocket behind it: how the two decoders are put together. */
function decode(recorded: readonly Recorded[], join: "start" | "middle" = "start") {
  const http = createHttp1Connection();
  let request: readonly Http1Field[] = [];
  let webSocket: WebSocketConnection | undefined;
  let handshake: ReturnType<typeof readWebSocketHandshake>;
  const events: WebSocketEvent[] = [];
  for (const { from, bytes } of recorded) {
    for (const event of http.push(from, bytes)) {
      if (event.type === "request") request = event.fields;
      if (event.type === "response") {
        handshake = readWebSocketHandshake(request, event.fields);
        webSocket = createWebSocketConnection({ join, deflate: handshake?.deflate ?? "unknown" });
      }
      if (event.type === "tunnel") events.push(...(webSocket?.push(event.from, event.data) ?? []));
      expect(event.type).not.toBe("error");
    }
  }
  for (const side of ["client", "server"] as const) events.push(...(webSocket?.end(side) ?? []));
  return { handshake, events };
}

const texts = (events: readonly WebSocketEvent[], side: Side) =>
  events.flatMap((event) =>
    event.type === "message" && event.from === side && event.kind === "text" ? [event.text] : [],
  );

test.each([
  ["without compression", false],
  ["with compression in one context", { threshold: 0 }],
  ["with compression of each message", { threshold: 0, clientNoContextTakeover: true, serverNoContextTakeover: true }],
  ["with a small window", { threshold: 0, serverMaxWindowBits: 9, clientMaxWindowBits: 9 }],
])("createWebSocketConnection + the messages of a real ws client and server %s", async (_, perMessageDeflate) => {
  const { handshake, events } = decode(await record(perMessageDeflate));
  expect(events.filter(({ type }) => type === "error")).toEqual([]);
  expect(handshake).toMatchObject({ accepted: true, subprotocol: "polywire.v1.json" });
  expect(handshake?.deflate === "none").toBe(perMessageDeflate === false);
  const all = [...TEXTS, ...TEXTS, "in fragments"];
  expect(texts(events, "client")).toEqual(all);
  expect(texts(events, "server")).toEqual(all);
  const binaries = events.filter((event) => event.type === "message" && event.kind === "binary");
  expect(binaries.map((event) => event.type === "message" && event.data?.length)).toEqual([100_000, 100_000]);
  const controls = events.flatMap((event) =>
    event.type === "frame" && (event.frame.name === "ping" || event.frame.name === "pong")
      ? [`${event.from} ${event.frame.name} ${Buffer.from(event.frame.payload ?? []).toString()}`]
      : [],
  );
  expect(controls).toEqual(["client ping are you there?", "server pong are you there?"]);
  expect(events.filter(({ type }) => type === "close")).toEqual(
    ["client", "server"].map((from) => ({ type: "close", from, code: 4001, reason: "enough" })),
  );
  expect(events.filter(({ type }) => type === "end")).toMatchObject([{ closed: true }, { closed: true }]);
});

test("createWebSocketConnection + joining a compressed conversation in the middle gives the truth or null", async () => {
  const recorded = await record({ threshold: 0 });
  const { handshake } = decode(recorded);
  const all = [...TEXTS, ...TEXTS, "in fragments"];
  const seen: (string | null)[] = [];
  for (let start = 4; start < recorded.length; start++) {
    const late = createWebSocketConnection({ join: "middle", resyncFrames: 3, deflate: handshake?.deflate ?? "none" });
    for (const side of ["client", "server"] as const) {
      const tail = recorded.slice(start).filter(({ from }) => from === side);
      const events = tail.flatMap(({ bytes }, at) => [
        // Any number of bytes into a chunk: no frame boundary is given away.
        ...late.push(side, at === 0 ? bytes.subarray(start % bytes.length) : bytes),
      ]);
      expect(events.filter(({ type }) => type === "error")).toEqual([]);
      const known = texts(events, side);
      for (const [at, text] of known.entries()) expect([null, all[all.length - known.length + at]]).toContain(text);
      seen.push(...known);
    }
  }
  expect(seen).toContain(null);
  expect(seen).toContain("in fragments");
});
