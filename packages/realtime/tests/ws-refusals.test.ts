import { once } from "node:events";
import { get } from "node:http";
import { connect } from "node:net";
import { create } from "@bufbuild/protobuf";
import { ClientFrameSchema } from "@polywire/contract/polywire/realtime/v1/frames";
import { expect, test } from "vitest";
import { FRAME_CODECS, makeCursor } from "../src/protocol/index.ts";
import { createMemoryEventLog } from "../src/server/index.ts";
import { startNode, stationToken, tokenFor, until } from "./support/node.ts";
import { connectWs, refusedWith, type WsClient } from "./support/ws-client.ts";

async function lastError(client: WsClient, count: number) {
  const errors = () => client.frames.filter(({ message }) => message.case === "error");
  await until(() => errors().length === count);
  return errors()[count - 1];
}

test("an upgrade without a token, with a wrong one, or without a known subprotocol is refused", async () => {
  await using node = await startNode(createMemoryEventLog());
  expect(await refusedWith(node.port)).toBe(401);
  expect(await refusedWith(node.port, { token: "nonsense" })).toBe(401);
  expect(await refusedWith(node.port, { token: tokenFor("ada", [], Date.now() - 1) })).toBe(401);
  expect(await refusedWith(node.port, { token: stationToken, subprotocol: "other" as never })).toBe(400);
});

test("an upgrade is accepted with the token in the query, as browsers send it", async () => {
  await using node = await startNode(createMemoryEventLog());
  const { WebSocket } = await import("ws");
  const socket = new WebSocket(`ws://127.0.0.1:${node.port}/rt/ws?access_token=${stationToken}`, "polywire.v1.json");
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  expect(socket.extensions).toBe("");
  socket.terminate();
});

test("an upgrade from a page of another origin is refused unless the origin is allowed or the node's own", async () => {
  await using node = await startNode(createMemoryEventLog(), { server: { allowedOrigins: ["https://shop.example"] } });
  const from = (origin: string) => ({ token: stationToken, settings: { origin } });
  expect(await refusedWith(node.port, from("https://evil.example"))).toBe(403);
  expect(await refusedWith(node.port, from("null"))).toBe(403);
  for (const origin of ["https://shop.example", `http://127.0.0.1:${node.port}`]) {
    (await connectWs(node.port, from(origin))).socket.terminate();
  }
});

test("an upgrade is refused while the log can't be followed and when there is no room", async () => {
  const log = createMemoryEventLog();
  await using node = await startNode(log, {
    server: { maxConnections: 1 },
    tail: { maxRetryMs: 60_000, random: () => 1 },
  });
  await connectWs(node.port);
  expect(await refusedWith(node.port, { token: stationToken })).toBe(429);
  log.interrupt();
  await until(() => !node.tail.live);
  expect(await refusedWith(node.port, { token: stationToken })).toBe(503);
});

test("a malformed handshake is answered and leaves nothing behind", async () => {
  await using node = await startNode(createMemoryEventLog());
  const socket = connect(node.port, "127.0.0.1");
  const answered = new Promise<string>((resolve) => socket.once("data", (data) => resolve(data.toString())));
  socket.write(
    `GET /rt/ws?access_token=${stationToken} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: polywire.v1.json\r\nSec-WebSocket-Version: 1\r\n\r\n`,
  );
  expect(await answered).toMatch(/^HTTP\/1.1 400/);
  socket.destroy();
  expect(node.realtime.counts.connections.ws).toBe(0);
});

test.each(["//", "//:", "http://[", "/rt/other"])("the address %s is nobody's and harms nobody", async (path) => {
  await using node = await startNode(createMemoryEventLog());
  const status = (headers: Record<string, string>) =>
    new Promise((resolve, reject) => {
      const asked = get({ host: "127.0.0.1", port: node.port, path, headers }, ({ statusCode }) => resolve(statusCode));
      asked.on("error", reject);
    });
  expect(await status({})).toBe(404);
  expect(await status({ connection: "upgrade", upgrade: "websocket" })).toBe(404);
});

test.each(["/rt/ws", "/rt/other"])("a refused upgrade to %s survives a client that breaks off", async (path) => {
  await using node = await startNode(createMemoryEventLog());
  const socket = connect(node.port, "127.0.0.1");
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
  await once(socket, "data");
  socket.resetAndDestroy();
  expect(await refusedWith(node.port)).toBe(401);
});

test("a refused client that never closes its side is cut off, so that the node can stop", async () => {
  const node = await startNode(createMemoryEventLog());
  const socket = connect({ port: node.port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined);
  socket.write("GET /rt/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  await once(socket, "data");
  await node[Symbol.asyncDispose]();
  socket.destroy();
}, 10_000);

test("a client that leaves while its token is checked leaves its room to others", async () => {
  const asked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  await using node = await startNode(createMemoryEventLog(), {
    server: {
      maxConnections: 1,
      async verify() {
        asked.resolve();
        await release.promise;
        return { subject: "ada", scopes: [], expiresAtMs: Date.now() + 60_000 };
      },
    },
  });
  const socket = connect(node.port, "127.0.0.1");
  socket.write(
    "GET /rt/ws?access_token=x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: polywire.v1.json\r\nSec-WebSocket-Version: 13\r\n\r\n",
  );
  await asked.promise;
  socket.resetAndDestroy();
  expect(await refusedWith(node.port, { token: "x" })).toBe(429);
  release.resolve();
  await expect.poll(() => connectWs(node.port).catch(() => undefined), { timeout: 5000 }).toBeDefined();
});

test("frames that can't be read are answered INVALID_ARGUMENT and the connection goes on", async () => {
  await using node = await startNode(createMemoryEventLog());
  const client = await connectWs(node.port);
  const cases: [string | Buffer, number, string][] = [
    ["nonsense", 0, "MALFORMED_REQUEST"],
    ["[]", 0, "MALFORMED_REQUEST"],
    [Buffer.from([1, 2, 3]), 0, "MALFORMED_REQUEST"],
    ['{"requestId":5,"surprise":1}', 5, "VALIDATION_FAILED"],
    ['{"requestId":6}', 6, "VALIDATION_FAILED"],
    ['{"ping":{}}', 0, "VALIDATION_FAILED"],
    ['{"requestId":7,"subscribe":{"channel":"orders","cursor":{"epoch":"a","offset":5}}}', 7, "VALIDATION_FAILED"],
    ['{"requestId":8,"subscribe":{"channel":"orders","cursor":{"epoch":"NO","offset":"5"}}}', 8, "VALIDATION_FAILED"],
    ['{"requestId":9,"subscribe":{"channel":"other"}}', 9, "VALIDATION_FAILED"],
    ['{"requestId":10,"command":{"timeout":"-1s","getOrder":{"orderId":"x"}}}', 10, "VALIDATION_FAILED"],
  ];
  for (const [index, [data, requestId, reason]] of cases.entries()) {
    client.socket.send(data);
    expect(await lastError(client, index + 1)).toMatchObject({
      requestId,
      message: { value: { code: "INVALID_ARGUMENT", reason } },
    });
  }
  expect(await client.request({ case: "ping", value: {} })).toMatchObject({ case: "pong" });
});

test("the fields at fault are named from the request, as on every other wire", async () => {
  await using node = await startNode(createMemoryEventLog());
  const client = await connectWs(node.port);
  client.socket.send(
    '{"requestId":1,"command":{"createOrder":{"lines":[{"sku":"SKU-00001","quantity":0}],"currencyCode":"EUR"}}}',
  );
  const { message } = (await lastError(client, 1)) ?? {};
  expect(message).toMatchObject({
    value: { fieldViolations: [{ field: "lines[0].quantity", rule: "int32.gte_lte" }] },
  });
});

test("a binary connection answers what is not a frame, and too many of them end it for good", async () => {
  await using node = await startNode(createMemoryEventLog(), { server: { maxBadFrames: 2 } });
  const client = await connectWs(node.port, { subprotocol: "polywire.v1.proto" });
  for (let count = 0; count < 3; count += 1) {
    client.socket.send(Buffer.from([255, 255]));
  }
  expect(await client.closed).toEqual({ code: 3500, reason: "BAD_FRAMES" });
  expect(client.frames.filter(({ message }) => message.case === "error")).toHaveLength(3);
});

test("a frame over the limit closes the connection with 1009, text that is not UTF-8 with 1007", async () => {
  await using node = await startNode(createMemoryEventLog(), { server: { maxFrameBytes: 1000 } });
  const large = await connectWs(node.port);
  large.socket.send(" ".repeat(1001));
  expect((await large.closed).code).toBe(1009);
  const wrong = await connectWs(node.port);
  wrong.socket.send(Buffer.from([0xc3, 0x28]), { binary: false });
  expect((await wrong.closed).code).toBe(1007);
});

test("a foreign channel is PERMISSION_DENIED", async () => {
  await using node = await startNode(createMemoryEventLog());
  const client = await connectWs(node.port, { token: tokenFor("ada") });
  for (const channel of ["orders", "orders.customer.bob"]) {
    expect(await client.subscribe(channel, makeCursor("memory", 0n))).toMatchObject({
      case: "error",
      value: { code: "PERMISSION_DENIED", reason: "CHANNEL_FORBIDDEN" },
    });
  }
  expect(node.realtime.counts.subscriptions).toBe(0);
});

test("an expired token ends the connection unless it was replaced by one of the same subject", async () => {
  await using node = await startNode(createMemoryEventLog());
  const soon = Date.now() + 700;
  const forgetful = await connectWs(node.port, { token: tokenFor("ada", [], soon) });
  const careful = await connectWs(node.port, { token: tokenFor("ada", [], soon) });
  const refresh = (token: string) => careful.request({ case: "refreshToken", value: { token } });
  expect(await refresh(tokenFor("bob"))).toMatchObject({ case: "error", value: { code: "UNAUTHENTICATED" } });
  expect(await refresh(tokenFor("ada"))).toMatchObject({ case: "tokenRefreshed" });
  expect(await forgetful.closed).toEqual({ code: 3002, reason: "TOKEN_EXPIRED" });
  expect(await careful.request({ case: "ping", value: {} })).toMatchObject({ case: "pong" });
});

test("a new token that does not cover what is subscribed is refused", async () => {
  await using node = await startNode(createMemoryEventLog());
  const client = await connectWs(node.port);
  await client.subscribe("orders");
  expect(await client.request({ case: "refreshToken", value: { token: tokenFor("station") } })).toMatchObject({
    case: "error",
    value: { code: "PERMISSION_DENIED" },
  });
});

test("subscriptions and requests in work are bounded", async () => {
  const release = Promise.withResolvers<void>();
  await using node = await startNode(createMemoryEventLog(), {
    server: {
      maxSubscriptions: 1,
      maxRequestsInFlight: 2,
      execute: () => release.promise.then(() => Promise.reject(new Error("late"))),
    },
  });
  const client = await connectWs(node.port);
  await client.subscribe("orders");
  expect(await client.subscribe("orders.customer.station")).toMatchObject({
    value: { code: "RESOURCE_EXHAUSTED", reason: "TOO_MANY_SUBSCRIPTIONS" },
  });
  const list = { case: "command", value: { call: { case: "listOrders", value: {} } } } as const;
  const held = [client.request(list), client.request(list)];
  expect(await client.request(list)).toMatchObject({
    value: { code: "RESOURCE_EXHAUSTED", reason: "TOO_MANY_REQUESTS" },
  });
  release.resolve();
  expect(await Promise.all(held)).toMatchObject([{ value: { code: "INTERNAL" } }, { value: { code: "INTERNAL" } }]);
});

test("the client's bytes are read whatever pieces they come in", async () => {
  await using node = await startNode(createMemoryEventLog());
  const client = await connectWs(node.port, { subprotocol: "polywire.v1.proto" });
  const frame = create(ClientFrameSchema, { requestId: 9, request: { case: "ping", value: {} } });
  const bytes = FRAME_CODECS["polywire.v1.proto"].encodeClientFrame(frame);
  client.socket.send(bytes.subarray(0, 1), { fin: false });
  client.socket.send(bytes.subarray(1), { fin: true });
  expect(await client.next("pong")).toBeDefined();
});
