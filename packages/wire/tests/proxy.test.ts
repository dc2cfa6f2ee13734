import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { createCountingProxy, createTcpProxy, type ProxyEvent } from "../src/proxy/index.ts";
import { closingError, openClient, readAll, settled, startDeafServer, startServer, until } from "./support/tcp.ts";

const MIB = 2 ** 20;

test("createCountingProxy passes on and counts exactly the bytes of both directions", async () => {
  const reply = randomBytes(3 * MIB + 7);
  await using server = await startServer(
    (socket) => void readAll(socket).then((got) => socket.end(Buffer.concat([got, reply]))),
  );
  await using proxy = await createCountingProxy({ upstream: server.endpoint });
  using client = await openClient(proxy.address);
  const request = randomBytes(2 * MIB + 1);
  client.end(request);
  const received = await readAll(client);
  expect(received.equals(Buffer.concat([request, reply]))).toBe(true);
  expect(proxy.snapshot()).toMatchObject({ connections: 1, bytesUp: request.length, bytesDown: received.length });
});

test("createCountingProxy counts what an HTTP/2 connection with concurrent streams reads and writes", async () => {
  const server = createHttp2Server();
  server.on("stream", (stream) => void buffer(stream).then((body) => stream.end(Buffer.concat([body, body]))));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  await using proxy = await createCountingProxy({ upstream: { host: "127.0.0.1", port } });

  const session = connectHttp2(`http://127.0.0.1:${proxy.address.port}`);
  const exchange = async (size: number) => {
    const body = randomBytes(size);
    const stream = session.request({ ":method": "POST", ":path": "/echo" });
    stream.end(body);
    expect((await buffer(stream)).equals(Buffer.concat([body, body]))).toBe(true);
  };
  await Promise.all([0, 1, 100, 16_384, 70_000, MIB].map(exchange));
  const socket = session.socket;
  const { bytesRead, bytesWritten } = { bytesRead: socket.bytesRead, bytesWritten: socket.bytesWritten };
  await until(() => proxy.bytesUp >= bytesWritten);
  expect(proxy.snapshot()).toEqual({ connections: 1, open: 1, bytesUp: bytesWritten, bytesDown: bytesRead });

  session.close();
  await until(() => proxy.open === 0);
  server.close();
  await once(server, "close");
});

test("createCountingProxy reset starts the counts anew and leaves open connections alone", async () => {
  await using server = await startServer((socket) => socket.pipe(socket));
  await using proxy = await createCountingProxy({ upstream: server.endpoint });
  using client = await openClient(proxy.address);
  client.write("hello");
  await once(client, "data");
  expect(proxy).toMatchObject({ connections: 1, open: 1, bytesUp: 5, bytesDown: 5 });
  proxy.reset();
  expect(proxy.snapshot()).toEqual({ connections: 0, open: 1, bytesUp: 0, bytesDown: 0 });
  client.write("again!");
  await once(client, "data");
  expect(proxy.snapshot()).toEqual({ connections: 0, open: 1, bytesUp: 6, bytesDown: 6 });
});

test("createTcpProxy passes on a half-close and keeps the other direction open", async () => {
  await using server = await startServer((socket) => {
    socket.write("first");
    void readAll(socket).then((question) => socket.end(`you asked ${question}`));
  });
  await using proxy = await createTcpProxy({ upstream: server.endpoint });
  using client = await openClient(proxy.address);
  await once(client, "data");
  client.end("why");
  expect(String(await readAll(client))).toBe("you asked why");
  await until(() => proxy.open === 0);
});

test("createTcpProxy passes on a half-close of the upstream and keeps the way up open", async () => {
  const asked = Promise.withResolvers<string>();
  await using server = await startServer((socket) => {
    socket.end("goodbye");
    void readAll(socket).then((rest) => asked.resolve(String(rest)));
  });
  await using proxy = await createTcpProxy({ upstream: server.endpoint });
  using client = await openClient(proxy.address);
  expect(String(await readAll(client))).toBe("goodbye");
  client.end("one more thing");
  expect(await asked.promise).toBe("one more thing");
});

test("createTcpProxy stops reading when the reader is slow, and neither loses nor changes anything", async () => {
  const total = 128 * MIB;
  const block = randomBytes(MIB);
  await using server = await startServer((socket) => {
    let left = total;
    const fill = () => {
      for (let more = true; more && left > 0; left -= block.length) more = socket.write(block);
      if (left > 0) socket.once("drain", fill);
      else socket.end();
    };
    fill();
  });
  await using proxy = await createCountingProxy({ upstream: server.endpoint });
  using client = await openClient(proxy.address);
  const stuckAt = await settled(() => proxy.bytesDown);
  // What two pairs of kernel socket buffers may hold on loopback, far below what there is to read.
  expect(stuckAt).toBeGreaterThan(0);
  expect(stuckAt).toBeLessThan(total / 4);

  let received = 0;
  let intact = true;
  client.on("data", (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + MIB - ((received + at) % MIB));
      intact &&= part.equals(block.subarray((received + at) % MIB, ((received + at) % MIB) + part.length));
      at += part.length;
    }
    received += chunk.length;
  });
  await once(client, "end");
  expect({ received, intact }).toEqual({ received: total, intact: true });
  expect(proxy.bytesDown).toBe(total);
  client.end();
});

test("createTcpProxy resets the upstream when the client resets", async () => {
  const accepted = Promise.withResolvers<Socket>();
  await using server = await startServer(accepted.resolve);
  await using proxy = await createTcpProxy({ upstream: server.endpoint });
  using client = await openClient(proxy.address);
  const atServer = closingError(await accepted.promise);
  client.resetAndDestroy();
  expect(await atServer).toBe("ECONNRESET");
  await until(() => proxy.open === 0);
});

test("createTcpProxy resets the client when the upstream resets", async () => {
  await using server = await startServer((socket) => void once(socket, "data").then(() => socket.resetAndDestroy()));
  await using proxy = await createTcpProxy({ upstream: server.endpoint });
  using client = await openClient(proxy.address);
  client.write("x");
  expect(await closingError(client)).toBe("ECONNRESET");
});

test("createTcpProxy resets the client when the upstream can't be reached", async () => {
  const gone = await startServer(() => undefined);
  await gone[Symbol.asyncDispose]();
  const reasons: string[] = [];
  const observe = (event: ProxyEvent) => void (event.kind === "close" && reasons.push(event.reason));
  await using refused = await createTcpProxy({ upstream: gone.endpoint, observe });
  // The reset may come before the client has seen that it is connected.
  expect(await closingError(connect(refused.address))).toBe("ECONNRESET");
  const upstream = () => {
    throw new Error("no such part");
  };
  await using unknown = await createTcpProxy({ upstream, observe });
  expect(await closingError(connect(unknown.address))).toBe("ECONNRESET");
  await until(() => reasons.length === 2);
  expect(reasons).toEqual(["unreachable", "unreachable"]);
});

test("createTcpProxy asks for the upstream of each connection by its number", async () => {
  await using odd = await startServer((socket) => void socket.end("odd"));
  await using even = await startServer((socket) => void socket.end("even"));
  const upstream = (connection: number) => (connection % 2 === 1 ? odd.endpoint : even.endpoint);
  await using proxy = await createTcpProxy({ upstream });
  const answers: string[] = [];
  for (let connection = 1; connection <= 3; connection += 1) {
    using client = await openClient(proxy.address);
    answers.push(String(await readAll(client)));
    client.end();
    await once(client, "close");
  }
  expect(answers).toEqual(["odd", "even", "odd"]);
});

test("createTcpProxy tells its observer everything in order, with rising times", async () => {
  const events: ProxyEvent[] = [];
  await using server = await startServer((socket) => void readAll(socket).then(() => socket.end("pong")));
  await using proxy = await createTcpProxy({ upstream: server.endpoint, observe: (event) => void events.push(event) });
  using client = await openClient(proxy.address);
  const client1 = { host: "127.0.0.1", port: client.localPort };
  client.end("ping");
  await readAll(client);
  await until(() => events.at(-1)?.kind === "close");
  const seen = events.map(({ atMs: _, ...event }) =>
    "bytes" in event ? { ...event, bytes: String(event.bytes) } : event,
  );
  expect(seen).toEqual([
    { kind: "open", connection: 1, client: client1 },
    { kind: "chunk", connection: 1, direction: "up", bytes: "ping" },
    { kind: "half-close", connection: 1, direction: "up" },
    { kind: "chunk", connection: 1, direction: "down", bytes: "pong" },
    { kind: "half-close", connection: 1, direction: "down" },
    { kind: "close", connection: 1, reason: "finished" },
  ]);
  const times = events.map(({ atMs }) => atMs);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test("createTcpProxy keeps the traffic going when its observer throws, and says so on close", async () => {
  await using server = await startServer((socket) => socket.pipe(socket));
  const observe = () => {
    throw new Error("observer broke");
  };
  const proxy = await createTcpProxy({ upstream: server.endpoint, observe });
  using client = await openClient(proxy.address);
  client.end("hello");
  expect(String(await readAll(client))).toBe("hello");
  await expect(proxy.close()).rejects.toThrow("observer broke");
});

test("createTcpProxy turns away and counts connections over maxConnections", async () => {
  await using server = await startServer((socket) => socket.pipe(socket));
  await using proxy = await createTcpProxy({ upstream: server.endpoint, maxConnections: 1 });
  using first = await openClient(proxy.address);
  using second = await openClient(proxy.address);
  second.resume();
  await Promise.race([once(second, "end"), closingError(second)]);
  expect(proxy).toMatchObject({ open: 1, refused: 1 });
  first.write("still served");
  expect(String((await once(first, "data"))[0])).toBe("still served");
});

test("createTcpProxy close breaks off what is open, frees the port and can be called twice", async () => {
  const reasons: string[] = [];
  const accepted = Promise.withResolvers<Socket>();
  await using server = await startServer(accepted.resolve);
  const observe = (event: ProxyEvent) => void (event.kind === "close" && reasons.push(event.reason));
  const proxy = await createTcpProxy({ upstream: server.endpoint, observe });
  using client = await openClient(proxy.address);
  const atServer = await accepted.promise;
  client.write("x");
  await once(atServer, "data");
  const broken = Promise.all([closingError(client), closingError(atServer)]);
  await Promise.all([proxy.close(), proxy.close()]);
  expect(proxy.open).toBe(0);
  expect(reasons).toEqual(["proxy-closed"]);
  expect(await broken).toEqual(["ECONNRESET", "ECONNRESET"]);
  await using next = await createTcpProxy({ upstream: server.endpoint, port: proxy.address.port });
  expect(next.address).toEqual(proxy.address);
});

test("createTcpProxy gives up connecting after connectTimeoutMs, and close does not wait for it", async () => {
  await using deaf = await startDeafServer();
  const reasons: string[] = [];
  const observe = (event: ProxyEvent) => void (event.kind === "close" && reasons.push(event.reason));
  await using impatient = await createTcpProxy({ upstream: deaf.endpoint, connectTimeoutMs: 50, observe });
  expect(await closingError(connect(impatient.address))).toBe("ECONNRESET");
  await until(() => reasons.length === 1);

  await using patient = await createTcpProxy({ upstream: deaf.endpoint, connectTimeoutMs: 60_000, observe });
  const broken = closingError(connect(patient.address));
  await until(() => patient.open === 1);
  await patient.close();
  expect(await broken).toBe("ECONNRESET");
  expect(reasons).toEqual(["unreachable", "proxy-closed"]);
});

test.each([
  { direction: "up", question: "?!", answer: "." },
  { direction: "down", question: "?", answer: ".!" },
])("createTcpProxy holds back no small write on the way $direction", async ({ question, answer }) => {
  // Each side writes one byte, and the next when the proxy has passed that on. With Nagle's algorithm in the proxy, the
  // second byte would wait for a delayed acknowledgement: 40 ms in each round.
  const accepted = Promise.withResolvers<Socket>();
  await using server = await startServer(accepted.resolve);
  const observe = (event: ProxyEvent) => {
    if (event.kind !== "chunk") return;
    if (String(event.bytes) === "?" && question === "?!") setImmediate(() => client.write("!"));
    if (String(event.bytes) === "." && answer === ".!") setImmediate(() => atServer.write("!"));
  };
  await using proxy = await createTcpProxy({ upstream: server.endpoint, observe });
  using client = await openClient(proxy.address);
  const atServer = (await accepted.promise).setNoDelay(true);
  let asked = 0;
  atServer.on("data", (chunk) => {
    asked += chunk.length;
    if (asked % question.length === 0) atServer.write(".");
  });
  let answered = 0;
  client.on("data", (chunk) => {
    answered += chunk.length;
  });
  const startedAt = performance.now();
  for (let round = 1; round <= 50; round += 1) {
    client.write("?");
    while (answered < round * answer.length) await once(client, "data");
  }
  expect(performance.now() - startedAt).toBeLessThan(500);
  atServer.end();
});

test("createTcpProxy refuses options out of range, and a port that is taken", async () => {
  const upstream = { host: "127.0.0.1", port: 1 };
  await expect(createTcpProxy({ upstream, port: 70_000 })).rejects.toThrow(/port is within/);
  await expect(createTcpProxy({ upstream, maxConnections: 0 })).rejects.toThrow(/maxConnections/);
  await expect(createTcpProxy({ upstream, connectTimeoutMs: 0 })).rejects.toThrow(/connectTimeoutMs/);
  await using first = await createTcpProxy({ upstream });
  await expect(createTcpProxy({ upstream, port: first.address.port })).rejects.toThrow(/EADDRINUSE/);
});
