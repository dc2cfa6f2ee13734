import { once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createHealth, implement } from "@polywire/rpc";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type ConnectServers, type ConnectServersOptions, startConnectServers } from "../src/index.ts";

const CHECK = "/grpc.health.v1.Health/Check";
const WATCH = "/grpc.health.v1.Health/Watch";

const running: ConnectServers[] = [];
afterEach(async () => {
  for (const servers of running.splice(0)) await servers.drain(0);
});

async function serve(options: Partial<ConnectServersOptions> = {}): Promise<ConnectServers> {
  const servers = await startConnectServers({
    host: "127.0.0.1",
    services: [createHealth().registration],
    ...options,
  });
  running.push(servers);
  return servers;
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

const request = (head: string, body = "{}") =>
  `POST ${CHECK} HTTP/1.1\r\n${head}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

/** What is answered to these bytes until the connection ends. */
async function answerTo(port: number, bytes: string): Promise<string> {
  const socket = await open(port);
  socket.write(bytes);
  return await text(socket);
}

const status = (answer: string) => answer.split("\r\n", 1)[0];

test.each([
  ["no host in a URL", request("host: [\r\nconnection: close\r\n"), "HTTP/1.1 400 Bad Request"],
  ["a host with a space", request("host: a b\r\nconnection: close\r\n"), "HTTP/1.1 400 Bad Request"],
  ["no host at all", request("").replace("HTTP/1.1", "HTTP/1.0"), "HTTP/1.1 400 Bad Request"],
  ["no HTTP", "what is this\r\n\r\n", "HTTP/1.1 400 Bad Request"],
  [
    "header fields beyond 16 KiB",
    request(`host: x\r\nx-large: ${"x".repeat(20_000)}\r\n`),
    "HTTP/1.1 431 Request Header Fields Too Large",
  ],
  [
    "a path that nobody serves",
    request("host: x\r\nconnection: close\r\n").replace(CHECK, "/a.B/C"),
    "HTTP/1.1 404 Not Found",
  ],
])("startConnectServers refuses %s and goes on", async (_, bytes, refused) => {
  const { port } = await serve();
  expect(status(await answerTo(port, bytes))).toBe(refused);
  expect(status(await answerTo(port, request("host: x\r\nconnection: close\r\n")))).toBe("HTTP/1.1 200 OK");
});

test("startConnectServers takes a deadline beyond what timers can hold for none", async () => {
  const { port, h2Port } = await serve();
  const answer = await answerTo(port, request("host: x\r\nconnection: close\r\nconnect-timeout-ms: 9999999999\r\n"));
  expect(status(answer)).toBe("HTTP/1.1 200 OK");
  const session = connectHttp2(`http://127.0.0.1:${h2Port}`);
  const head = { ":method": "POST", te: "trailers", "content-type": "application/grpc", "grpc-timeout": "99999999H" };
  const watched = session.request({ ...head, ":path": WATCH });
  watched.end(Buffer.alloc(5));
  // A watch ends at its deadline only.
  await once(watched, "data");
  expect(watched.closed).toBe(false);
  session.destroy();
});

describe("requestTimeoutMs cuts off a call whose request has one message that does not come", () => {
  test("over HTTP/1.1", async () => {
    const { port } = await serve({ requestTimeoutMs: 50 });
    expect(await answerTo(port, request("host: x\r\n").slice(0, -1))).toBe("");
  });

  test("over HTTP/2, where other calls go on", async () => {
    const { h2Port } = await serve({ requestTimeoutMs: 50 });
    const session = connectHttp2(`http://127.0.0.1:${h2Port}`);
    const head = { ":method": "POST", "content-type": "application/json" };
    const stuck = session.request({ ...head, ":path": CHECK });
    stuck.on("error", () => undefined);
    stuck.write("{");
    await once(stuck, "close");
    expect(stuck.rstCode).not.toBe(constants.NGHTTP2_NO_ERROR);
    const next = session.request({ ...head, ":path": CHECK });
    next.end("{}");
    const [answered] = await once(next, "response");
    expect(answered[":status"]).toBe(200);
    session.destroy();
  });
});

test("maxConnections closes further ones at once, and onRefusedConnection hears of them", async () => {
  const onRefusedConnection = vi.fn();
  const servers = await serve({ maxConnections: 2, onRefusedConnection });
  for (const port of [servers.port, servers.h2Port]) {
    const sockets = [await open(port), await open(port)];
    const third = await open(port);
    await once(third, "close");
    expect(onRefusedConnection).toHaveBeenCalledExactlyOnceWith("limit");
    onRefusedConnection.mockClear();
    for (const socket of sockets) socket.destroy();
  }
});

test("onRefusedConnection hears of connections that speak no HTTP", async () => {
  const onRefusedConnection = vi.fn();
  const servers = await serve({ onRefusedConnection });
  for (const port of [servers.port, servers.h2Port]) {
    await answerTo(port, "what is this, it is no HTTP of any version\r\n\r\n");
    expect(onRefusedConnection).toHaveBeenCalledExactlyOnceWith("protocol");
    onRefusedConnection.mockClear();
  }
});

/** How many calls of a client that reads no answer are let in, of 40 whose answers have 100 KB each. */
async function letIn(port: number): Promise<number> {
  const session = connectHttp2(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 0 } });
  try {
    for (let calls = 0; ; calls += 1) {
      if (calls === 40) return calls;
      const path = "/polywire.orders.v1.OrderService/GetOrder";
      const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/json" });
      stream.on("error", () => undefined);
      stream.end("{}");
      await new Promise((answered) => stream.once("response", answered).once("close", answered));
      if (!stream.closed) continue;
      expect(stream.rstCode).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      return calls;
    }
  } finally {
    session.destroy();
  }
}

test("maxConnectionMiB refuses calls of a client that does not read its answers, and others are served", async () => {
  const services = [implement(OrderService, { getOrder: () => ({ order: { note: "x".repeat(100_000) } }) })];
  const small = await serve({ services, maxConnectionMiB: 1 });
  const calls = await letIn(small.h2Port);
  expect(calls).toBeGreaterThan(5);
  expect(calls).toBeLessThan(20);
  const path = "/polywire.orders.v1.OrderService/GetOrder";
  const bytes = request("host: x\r\nconnection: close\r\n").replace(CHECK, path);
  expect(status(await answerTo(small.port, bytes))).toBe("HTTP/1.1 200 OK");
  const large = await serve({ services });
  expect(await letIn(large.h2Port)).toBe(40);
});
