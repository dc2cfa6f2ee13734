import { once } from "node:events";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { createFaultProxy, type FaultProxy } from "../src/faults/index.ts";
import { closingError, openClient, readAll, settled, startServer, until } from "./support/tcp.ts";

/** A server that sends back what it gets, and a proxy in front of it. */
async function echo(options: { readonly maxHeldBytes?: number } = {}) {
  const server = await startServer((socket) => socket.pipe(socket));
  const proxy = await createFaultProxy({ upstream: server.endpoint, ...options });
  return {
    proxy,
    async [Symbol.asyncDispose]() {
      await proxy.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** An HTTP/2 server that answers each request with as many bytes as its path says. */
async function http2() {
  const server = createHttp2Server();
  server.on("stream", (stream, headers) => {
    stream.respond({ ":status": 200, "x-path": headers[":path"] });
    stream.end(Buffer.alloc(Number(headers[":path"]?.slice(1)), "x"));
    stream.on("error", () => undefined);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const proxy = await createFaultProxy({ upstream: { host: "127.0.0.1", port } });
  const session = connectHttp2(`http://127.0.0.1:${proxy.address.port}`);
  session.on("error", () => undefined);
  return {
    proxy,
    session,
    get: async (path: string) => (await buffer(session.request({ ":path": path }))).length,
    async [Symbol.asyncDispose]() {
      session.destroy();
      await proxy.close();
      server.close();
      await once(server, "close");
    },
  };
}

/** Everything received so far, as text. */
function received(socket: Socket): () => string {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk;
  });
  return () => text;
}

test("createFaultProxy withholds from one byte on, on one connection, and gives out all of it when lifted", async () => {
  await using parts = await echo();
  using first = await openClient(parts.proxy.address);
  using second = await openClient(parts.proxy.address);
  await until(() => parts.proxy.open === 2);
  const fault = parts.proxy.add({ kind: "withhold", from: 3, connection: 1 });
  const [atFirst, atSecond] = [received(first), received(second)];
  first.write("abcdefgh");
  second.write("abcdefgh");
  await fault.untilStruck();
  await until(() => atSecond() === "abcdefgh" && atFirst() === "abc");
  expect(fault.counts).toEqual({ strikes: 1, bytes: 5 });
  fault.remove();
  await until(() => atFirst() === "abcdefgh");
  expect(fault.events().map(({ what }) => what)).toEqual(["held", "released"]);
});

test("createFaultProxy withhold lifts itself forMs after its first strike, not before", async () => {
  await using parts = await echo();
  const fault = parts.proxy.add({ kind: "withhold", forMs: 60 });
  using client = await openClient(parts.proxy.address);
  const got = received(client);
  const startedAt = performance.now();
  client.write("late");
  await until(() => got() === "late");
  expect(performance.now() - startedAt).toBeGreaterThan(59);
  expect(fault.events().map(({ what }) => what)).toEqual(["held", "released"]);
  expect(fault.active).toBe(false);
});

test("createFaultProxy freeze stops reading until it is lifted, and loses nothing", async () => {
  await using parts = await echo();
  const { proxy } = parts;
  using client = await openClient(proxy.address);
  const got = received(client);
  client.write("a");
  await until(() => got() === "a");
  const fault = proxy.add({ kind: "freeze", direction: "both" });
  const total = 64 * 2 ** 20;
  client.write(Buffer.alloc(total, "b"));
  // What is left to write no longer falls: the proxy has stopped reading.
  const stuck = await settled(() => client.writableLength);
  expect(stuck).toBeGreaterThan(total / 2);
  expect(got()).toBe("a");
  fault.remove();
  await until(() => got().length === 1 + total);
  expect(fault.counts.strikes).toBe(2);
});

test("createFaultProxy latency delays each way, in order, and counts each piece", async () => {
  await using parts = await echo();
  const fault = parts.proxy.add({ kind: "latency", ms: 40, jitterMs: 10, direction: "both" });
  using client = await openClient(parts.proxy.address);
  const got = received(client);
  const startedAt = performance.now();
  client.write("x");
  await until(() => got() === "x");
  expect(performance.now() - startedAt).toBeGreaterThan(59);
  expect(fault.counts).toEqual({ strikes: 2, bytes: 2 });
  const text = Array.from({ length: 500 }, (_, index) => `${index},`);
  for (const part of text) client.write(part);
  await until(() => got() === `x${text.join("")}`);
});

test("createFaultProxy bandwidth holds the rate, and back-pressure bounds what waits", async () => {
  await using parts = await echo({ maxHeldBytes: 65_536 });
  const fault = parts.proxy.add({ kind: "bandwidth", bytesPerSecond: 1_000_000, direction: "up" });
  using client = await openClient(parts.proxy.address);
  const got = received(client);
  const startedAt = performance.now();
  client.write(Buffer.alloc(200_000));
  await until(() => got().length === 200_000);
  // 200 kB at 1 MB/s, less the first step of 10 ms.
  expect(performance.now() - startedAt).toBeGreaterThan(189);
  expect(fault.counts.strikes).toBeGreaterThan(10);
});

test("createFaultProxy slice makes small writes of the same bytes", async () => {
  const sizes: number[] = [];
  await using server = await startServer((socket) => {
    socket.on("data", (chunk) => sizes.push(chunk.length));
    socket.on("end", () => socket.end());
  });
  await using proxy = await createFaultProxy({
    upstream: server.endpoint,
    observe: (event) => event.kind === "chunk" && sizes.push(-event.bytes.length),
  });
  const fault = proxy.add({ kind: "slice", bytes: 3, gapMs: 1, direction: "up" });
  using client = await openClient(proxy.address);
  client.end("0123456789");
  await readAll(client);
  expect(sizes.filter((size) => size < 0)).toEqual([-3, -3, -3, -1]);
  expect(fault.counts).toEqual({ strikes: 4, bytes: 10 });
});

test.each([
  { kind: "cut", error: null },
  { kind: "reset", error: "ECONNRESET" },
] as const)("createFaultProxy $kind ends both sides behind exactly so many bytes", async ({ kind, error }) => {
  await using parts = await echo();
  const fault = parts.proxy.add({ kind, afterBytes: 4 });
  using client = await openClient(parts.proxy.address);
  const got = received(client);
  client.write("0123456789");
  const closed = closingError(client);
  client.on("end", () => client.end());
  expect(await closed).toBe(error);
  if (kind === "cut") expect(got()).toBe("0123");
  expect(fault.counts.strikes).toBe(1);
  expect(fault.events().map(({ what }) => what)).toEqual(["cut"]);
});

test("createFaultProxy cut at the first byte of the reply lets the whole request through", async () => {
  const requests: string[] = [];
  await using server = await startServer((socket) => {
    socket.on("data", (chunk) => {
      requests.push(String(chunk));
      socket.write("reply");
    });
    socket.on("end", () => socket.end());
  });
  await using proxy = await createFaultProxy({ upstream: server.endpoint });
  using client = await openClient(proxy.address);
  client.write("one");
  await once(client, "data");
  const fault = proxy.add({ kind: "cut", afterBytes: 0 });
  const got = received(client);
  client.write("two");
  await once(client, "end");
  expect({ requests, got: got(), strikes: fault.counts.strikes }).toEqual({
    requests: ["one", "two"],
    got: "",
    strikes: 1,
  });
});

test("createFaultProxy reset after afterMs strikes a connection that says nothing", async () => {
  await using parts = await echo();
  parts.proxy.add({ kind: "reset", afterMs: 20 });
  using client = await openClient(parts.proxy.address);
  expect(await closingError(client)).toBe("ECONNRESET");
});

test("createFaultProxy half-open takes bytes and answers nothing, not even an end, until it is lifted", async () => {
  const accepted = Promise.withResolvers<Socket>();
  await using server = await startServer(accepted.resolve);
  await using proxy = await createFaultProxy({ upstream: server.endpoint });
  using client = await openClient(proxy.address);
  const atServer = await accepted.promise;
  const fault = proxy.add({ kind: "half-open" });
  client.on("error", () => undefined);
  const ended: string[] = [];
  atServer.on("data", () => ended.push("data")).on("end", () => ended.push("end"));
  client.end("anybody there?");
  await until(() => fault.counts.bytes === 14);
  const broken = closingError(atServer);
  expect({ ended, open: proxy.open }).toEqual({ ended: [], open: 1 });
  fault.remove();
  expect(await broken).toBe("ECONNRESET");
});

test("createFaultProxy half-open tells one side nothing of the reset of the other", async () => {
  const accepted = Promise.withResolvers<Socket>();
  await using server = await startServer(accepted.resolve);
  await using proxy = await createFaultProxy({ upstream: server.endpoint });
  using client = await openClient(proxy.address);
  const atServer = await accepted.promise;
  const fault = proxy.add({ kind: "half-open" });
  client.resetAndDestroy();
  expect(await settled(() => proxy.open)).toBe(1);
  expect(atServer.closed).toBe(false);
  const broken = closingError(atServer);
  fault.remove();
  expect(await broken).toBe("ECONNRESET");
});

test("createFaultProxy stall-stream holds one stream of HTTP/2 while others go on, and then gives it out", async () => {
  await using parts = await http2();
  const fault = parts.proxy.add({ kind: "stall-stream", path: "/1000" });
  const done: string[] = [];
  const stalled = parts.get("/1000").then((length) => done.push(`stalled ${length}`));
  await fault.untilStruck();
  for (const length of [0, 1, 20_000]) done.push(`other ${await parts.get(`/${length}`)}`);
  await until(() => fault.counts.bytes > 1000);
  expect(done).toEqual(["other 0", "other 1", "other 20000"]);
  fault.remove();
  await stalled;
  // The blocks held came out of order: both sides still agree on the header table.
  done.push(`other ${await parts.get("/7")}`);
  expect(done.slice(3)).toEqual(["stalled 1000", "other 7"]);
});

test("createFaultProxy stall-stream drops what it holds when the caller gives up, and the window comes back", async () => {
  await using parts = await http2();
  // More than the connection's window in all, were it not given back.
  for (let round = 0; round < 6; round++) {
    const fault = parts.proxy.add({ kind: "stall-stream", path: "/50000" });
    const stream = parts.session.request({ ":path": "/50000" });
    await until(() => fault.counts.bytes > 50_000);
    stream.close(8);
    await until(() => fault.events().at(-1)?.what === "dropped");
    fault.remove();
  }
  expect(await parts.get("/60000")).toBe(60_000);
});

test("createFaultProxy strikes so often as times and probability say", async () => {
  await using server = await startServer((socket) => socket.pipe(socket));
  const chances = [0.2, 0.9, 0.1, 0.3];
  await using proxy = await createFaultProxy({ upstream: server.endpoint, random: () => chances.shift() ?? 0 });
  const fault = proxy.add({ kind: "reset", afterBytes: 0, probability: 0.5, times: 2 });
  const outcomes: string[] = [];
  for (let round = 0; round < 4; round++) {
    using client = await openClient(proxy.address);
    client.write("x");
    const broken = closingError(client);
    outcomes.push(await Promise.race([once(client, "data").then(String), broken.then(String)]));
  }
  expect(outcomes).toEqual(["ECONNRESET", "x", "ECONNRESET", "x"]);
  expect(fault.counts.strikes).toBe(2);
});

test("createFaultProxy refuses faults out of range, and more than maxFaults", async () => {
  await using parts = await echo();
  const { proxy }: { proxy: FaultProxy } = parts;
  expect(() => proxy.add({ kind: "latency", ms: -1 })).toThrow(/ms must be/);
  expect(() => proxy.add({ kind: "slice", bytes: 0 })).toThrow(/bytes must be/);
  expect(() => proxy.add({ kind: "freeze", probability: 2 })).toThrow(/probability/);
  for (let count = 0; count < 64; count++) proxy.add({ kind: "freeze", connection: 99 });
  expect(() => proxy.add({ kind: "freeze" })).toThrow(/maxFaults/);
  proxy.clear();
  expect(proxy.list()).toEqual([]);
});
