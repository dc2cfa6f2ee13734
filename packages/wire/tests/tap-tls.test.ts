import { type EventEmitter, once } from "node:events";
import { connect, createSecureServer } from "node:http2";
import { createServer as createHttpsServer, get } from "node:https";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { Client, credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import { createCertificateAuthority } from "@polywire/service/development";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import type { ProxyTlsOptions } from "../src/proxy/index.ts";
import { createTap, framesOf, readTap } from "../src/tap/index.ts";
import { until } from "./support/tcp.ts";

type Authority = Awaited<ReturnType<typeof createCertificateAuthority>>;
type Certificate = Awaited<ReturnType<Authority["issue"]>>;

let authority: Authority;
let certificate: Certificate;
let tls: ProxyTlsOptions;
beforeAll(async () => {
  authority = await createCertificateAuthority();
  certificate = await authority.issue({ name: "server" });
  tls = { server: await authority.issue({ name: "tap" }), upstream: { ca: authority.cert } };
});

interface Listener {
  listen(port: number, host: string): { on(event: string, done: () => void): unknown };
  address(): AddressInfo | string | null;
  close(): unknown;
}

async function listening(server: Listener) {
  await once(server.listen(0, "127.0.0.1") as never, "listening");
  onTestFinished(() => void server.close());
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

/** Its end, whatever the error is that it ends with. */
function closed(socket: EventEmitter): Promise<void> {
  socket.on("error", () => undefined);
  return new Promise((resolve) => {
    socket.once("close", () => resolve());
  });
}

/** An answer as long as the path says. */
async function startSecureHttp2(options: object = {}) {
  const server = createSecureServer({ ...certificate, ...options });
  server.on("sessionError", () => undefined);
  server.on("stream", (stream, headers) => {
    stream.respond({ ":status": 200 });
    stream.end(Buffer.alloc(Number(headers[":path"]?.slice(1)), "x"));
  });
  return listening(server);
}

test("createTap + tls: Node's HTTP/2 over TLS on both sides, frames and calls in plain", async () => {
  await using tap = await createTap({ upstream: await startSecureHttp2(), tls });
  const session = connect(`https://localhost:${tap.address.port}`, { ca: authority.cert });
  let bytes = 0;
  for await (const chunk of session.request({ ":path": "/300000" })) bytes += chunk.length;
  expect(session.alpnProtocol).toBe("h2");
  session.close();
  await tap.until(({ layer, event }) => layer === "tcp" && event.type === "close");
  expect(bytes).toBe(300_000);
  const data = framesOf(tap.events(), "DATA").filter(({ from }) => from === "server");
  expect(data.reduce((sum, { frame }) => sum + frame.length, 0)).toBe(300_000);
  expect(readTap(tap)).toMatchObject({
    connections: [{ protocol: "http2", closed: "finished" }],
    calls: [{ path: "/300000", httpStatus: 200, messages: { server: 1 } }],
  });
});

test("createTap + tls: grpc-js over TLS, its client's certificate asked for and another shown upstream", async () => {
  const server = new Server();
  const raw = { serialize: (value: Buffer) => value, deserialize: (bytes: Buffer) => bytes };
  const method = { path: "/test.Things/Get", requestStream: false, responseStream: false };
  const codec = { requestSerialize: raw.serialize, requestDeserialize: raw.deserialize };
  const definition = { ...method, ...codec, responseSerialize: raw.serialize, responseDeserialize: raw.deserialize };
  server.addService(
    { get: definition },
    { get: (call: { request: Buffer }, done: (error: null, reply: Buffer) => void) => done(null, call.request) },
  );
  const keyPair = { private_key: Buffer.from(certificate.key), cert_chain: Buffer.from(certificate.cert) };
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(
      "127.0.0.1:0",
      ServerCredentials.createSsl(Buffer.from(authority.cert), [keyPair], true),
      (error, bound) => (error ? reject(error) : resolve(bound)),
    ),
  );
  onTestFinished(() => server.forceShutdown());
  const shown = await authority.issue({ name: "tap as a client" });
  const mutual = { server: { ...tls.server, ca: authority.cert }, upstream: { ...tls.upstream, ...shown } };
  await using tap = await createTap({ upstream: { host: "127.0.0.1", port }, tls: mutual });

  const own = await authority.issue({ name: "client" });
  const secret = credentials.createSsl(Buffer.from(authority.cert), Buffer.from(own.key), Buffer.from(own.cert));
  const client = new Client(`localhost:${tap.address.port}`, secret);
  onTestFinished(() => client.close());
  const reply = await new Promise<Buffer | undefined>((resolve, reject) => {
    client.makeUnaryRequest(
      method.path,
      raw.serialize,
      raw.deserialize,
      Buffer.from("0a0161", "hex"),
      (error, value) => (error ? reject(error) : resolve(value)),
    );
  });
  expect(reply?.toString("hex")).toBe("0a0161");
  expect(readTap(tap).calls).toMatchObject([
    { style: "grpc", path: "/test.Things/Get", code: "OK", messageBytes: { server: 3 } },
  ]);

  const stranger = connectTls({
    port: tap.address.port,
    host: "127.0.0.1",
    ca: authority.cert,
    servername: "localhost",
  });
  await closed(stranger);
  expect(readTap(tap).connections).toHaveLength(1);
});

test("createTap + tls: a client that agrees on http/1.1 is passed on as that", async () => {
  const upstream = await listening(createHttpsServer(certificate, (_, response) => response.end("pong")));
  await using tap = await createTap({ upstream, tls });
  const options = { ca: authority.cert, ALPNProtocols: ["http/1.1"], agent: false as const };
  const [response] = await once(get(`https://localhost:${tap.address.port}/ping`, options), "response");
  let text = "";
  for await (const chunk of response) text += chunk;
  expect(text).toBe("pong");
  expect(readTap(tap).calls).toMatchObject([{ style: "http", path: "/ping", httpStatus: 200 }]);
});

test("createTap + tls: an upstream that nobody trusted has certified is unreachable", async () => {
  const other = await createCertificateAuthority("somebody else");
  const upstream = await startSecureHttp2(await other.issue({ name: "server" }));
  await using tap = await createTap({ upstream, tls });
  const session = connect(`https://localhost:${tap.address.port}`, { ca: authority.cert });
  await closed(session);
  await tap.until(({ layer, event }) => layer === "tcp" && event.type === "close");
  expect(readTap(tap).connections).toMatchObject([{ closed: "unreachable", bytes: { client: 0, server: 0 } }]);
});

test.each([
  ["refuses", () => createHttpsServer({ ...certificate, ALPNProtocols: ["http/1.1"] })],
  ["passes over", () => createTlsServer(certificate)],
])("createTap + tls: an upstream that %s what was agreed on is unreachable", async (_, start) => {
  const upstream = await listening(start());
  await using tap = await createTap({ upstream, tls });
  const session = connect(`https://localhost:${tap.address.port}`, { ca: authority.cert });
  await closed(session);
  await tap.until(({ layer, event }) => layer === "tcp" && event.type === "close");
  expect(readTap(tap).connections).toMatchObject([{ closed: "unreachable" }]);
});

test("createTap + tls: who speaks no TLS is turned away, and a handshake left open ends with the tap", async () => {
  const tap = await createTap({ upstream: await startSecureHttp2(), tls, connectTimeoutMs: 600_000 });
  const plain = connectTcp(tap.address.port, tap.address.host).on("error", () => undefined);
  plain.write("GET / HTTP/1.1\r\n\r\n");
  await closed(plain.resume());
  const silent = connectTcp(tap.address.port, tap.address.host).on("error", () => undefined);
  await once(silent, "connect");
  const broken = closed(silent);
  await tap.close();
  await broken;
  expect(tap.events()).toEqual([]);
});

test("createTap + tls: a client that breaks off breaks off the upstream", async () => {
  let broken = false;
  const server = createSecureServer(certificate);
  server.on("session", (session) => session.on("close", () => (broken = true)));
  server.on("sessionError", () => undefined);
  await using tap = await createTap({ upstream: await listening(server), tls });
  const socket = connectTls({ ...tap.address, ca: authority.cert, servername: "localhost", ALPNProtocols: ["h2"] });
  await once(socket, "secureConnect");
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  await tap.until(({ layer }) => layer === "http2");
  socket.on("error", () => undefined).destroy();
  await until(() => broken);
  await tap.until(({ layer, event }) => layer === "tcp" && event.type === "close");
});
