import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, type RequestOptions, request } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { createHttp1Connection, type Http1Event, type Http1Field } from "../src/http1/index.ts";
import { type Recorded, startRecorder } from "./support/recorder.ts";

interface Message {
  readonly rawHeaders: string[];
  readonly body: Buffer;
  readonly trailers: string[];
}

async function read(message: IncomingMessage): Promise<Message> {
  const body = await buffer(message);
  return { rawHeaders: message.rawHeaders, body, trailers: message.rawTrailers };
}

/** A server of Node's own HTTP/1.1 that uses much of the protocol, chosen by path. */
async function startHttp1Server() {
  const received: Promise<Message>[] = [];
  const server = createServer((req, res) => {
    const message = read(req);
    received.push(message);
    void message.then(({ body }) => {
      if (req.url === "/none") return res.writeHead(204).end();
      if (req.url === "/same") return res.writeHead(304, { etag: '"1"' }).end();
      if (req.url === "/chunks") {
        res.writeHead(200);
        for (const part of ["one", "two", "three".repeat(1000)]) res.write(part);
        res.addTrailers({ "x-sum": "7" });
        return res.end();
      }
      if (req.url === "/close") res.shouldKeepAlive = false;
      if (req.url === "/early") res.writeEarlyHints({ link: "</style.css>; rel=preload" });
      const text = `you sent ${body.length}`;
      return res.writeHead(200, { "content-length": text.length, "x-path": req.url }).end(text);
    });
  });
  server.on("upgrade", (_, socket) => {
    socket.on("error", () => {});
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello ");
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function ask(options: RequestOptions, body?: readonly string[]): Promise<Message> {
  const outgoing = request(options);
  if (options.headers !== undefined && "expect" in options.headers) {
    outgoing.flushHeaders();
    await once(outgoing, "continue");
  }
  for (const part of body ?? []) outgoing.write(part);
  outgoing.end();
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  return read(incoming);
}

function decode(recorded: readonly Recorded[]): Http1Event[] {
  const connection = createHttp1Connection();
  const events = recorded.flatMap(({ from, bytes }) => [...connection.push(from, bytes)]);
  return [...events, ...connection.end("client"), ...connection.end("server")];
}

/** Messages of one side put together from events, in the form in which Node gives them. */
function messages(events: readonly Http1Event[], from: "client" | "server"): Message[] {
  const raw = (fields: readonly Http1Field[]) => fields.flatMap(({ rawName, value }) => [rawName, value]);
  const list: { rawHeaders: string[]; body: Buffer; trailers: string[] }[] = [];
  for (const event of events) {
    if (event.from !== from) continue;
    if (event.type === "request" || (event.type === "response" && !event.informational)) {
      list.push({ rawHeaders: raw(event.fields), body: Buffer.alloc(0), trailers: [] });
    }
    const last = list.at(-1);
    if (last === undefined) continue;
    if (event.type === "body") last.body = Buffer.concat([last.body, event.data]);
    if (event.type === "trailers") last.trailers.push(...raw(event.fields));
  }
  return list;
}

test("createHttp1Connection + the messages of Node's own client and server", async () => {
  await using server = await startHttp1Server();
  await using recorder = await startRecorder(server.port);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const to = { host: "127.0.0.1", port: recorder.port, agent };
  const answers = [
    await ask({ ...to, path: "/a" }),
    await ask({ ...to, path: "/b", method: "POST" }, ["x".repeat(70_000), "y"]),
    await ask({ ...to, path: "/c", method: "PUT", headers: { "content-length": 5 } }, ["hello"]),
    await ask({ ...to, path: "/chunks" }),
    await ask({ ...to, path: "/chunks", method: "HEAD" }),
    await ask({ ...to, path: "/none", method: "DELETE" }),
    await ask({ ...to, path: "/same" }),
    await ask({ ...to, path: "/early" }),
    await ask({ ...to, path: "/d", method: "POST", headers: { expect: "100-continue" } }, ["after the go-ahead"]),
    await ask({ ...to, path: "/close" }),
  ];
  agent.destroy();
  await recorder.clientsEnded();
  const decoded = recorder.connections.map(decode);
  const events = decoded.flat();
  expect(events.filter(({ type }) => type === "error")).toEqual([]);
  expect(messages(events, "client")).toEqual(await Promise.all(server.received));
  expect(messages(events, "server")).toEqual(answers);
  const responses = events.filter((event) => event.type === "response");
  expect(responses.filter(({ informational }) => informational).map(({ status }) => status)).toEqual([103, 100]);
  for (const [index, ofConnection] of decoded.entries()) {
    const finals = ofConnection.filter((event) => event.type === "response" && !event.informational);
    expect(finals).toMatchObject([...finals.keys()].map((exchange) => ({ exchange, assumed: false })));
    const sent = (recorder.connections[index] ?? []).filter(({ from }) => from === "client");
    const ends = ofConnection.filter((event) => event.type === "end" && event.from === "client");
    const sum = (list: readonly number[]) => list.reduce((total, one) => total + one, 0);
    expect(sum(ends.map((event) => (event.type === "end" ? event.wireBytes : 0)))).toBe(
      sum(sent.map(({ bytes }) => bytes.length)),
    );
  }
});

test("createHttp1Connection + a real upgrade hands over every byte behind it", async () => {
  await using server = await startHttp1Server();
  await using recorder = await startRecorder(server.port);
  const headers = { connection: "Upgrade", upgrade: "echo" };
  const outgoing = request({ host: "127.0.0.1", port: recorder.port, headers });
  outgoing.end();
  const [, socket, head] = await once(outgoing, "upgrade");
  socket.end("world");
  const heard = Buffer.concat([head, await buffer(socket)]).toString();
  expect(heard).toBe("hello world");
  const events = decode(recorder.connections[0] ?? []);
  const tunnel = (from: string) =>
    Buffer.concat(
      events.flatMap((event) => (event.type === "tunnel" && event.from === from ? [event.data] : [])),
    ).toString();
  expect(events.filter(({ type }) => type === "switch")).toMatchObject([{ because: "upgrade", protocol: "echo" }]);
  expect([tunnel("client"), tunnel("server")]).toEqual(["world", heard]);
});
