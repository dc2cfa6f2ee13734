import { once } from "node:events";
import { connect as connectHttp2, createServer as createHttp2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { createFaultProxy } from "../src/faults/index.ts";
import { settled, until } from "./support/tcp.ts";

/** An HTTP/2 server behind a proxy with faults, and one client connection through it. */
async function http2(
  onStream: (stream: ServerHttp2Stream, path: string) => void,
  { maxHeldBytes = 1_048_576, windowBytes = 65_535 } = {},
) {
  const server = createHttp2Server();
  const seen: string[] = [];
  server.on("stream", (stream, headers) => {
    const path = String(headers[":path"]);
    stream.on("error", () => undefined);
    stream.on("close", () => seen.push(`${path} ${stream.rstCode}`));
    onStream(stream, path);
  });
  server.on("sessionError", () => seen.push("session error"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const proxy = await createFaultProxy({ upstream: { host: "127.0.0.1", port }, maxHeldBytes });
  const session = connectHttp2(`http://127.0.0.1:${proxy.address.port}`, {
    settings: { initialWindowSize: windowBytes },
  });
  if (windowBytes > 65_535) session.on("connect", () => session.setLocalWindowSize(windowBytes));
  session.on("error", () => seen.push("client session error"));
  const get = async (path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> => {
    const stream = session.request({ ":path": path, ...headers });
    try {
      return String(await buffer(stream));
    } catch (error) {
      return `${(error as NodeJS.ErrnoException).code} ${stream.rstCode}`;
    }
  };
  return {
    proxy,
    session,
    seen,
    get,
    async [Symbol.asyncDispose]() {
      session.destroy();
      await proxy.close();
      server.close();
      await once(server, "close");
    },
  };
}

/** Answers with as many bytes as the path says. */
function size(stream: ServerHttp2Stream, path: string): void {
  stream.respond({ ":status": 200, "x-path": path });
  stream.end("x".repeat(Number(path.slice(1))));
}

/** Messages as gRPC frames them. */
function messages(...texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.map((text) => {
      const envelope = Buffer.alloc(5);
      envelope.writeUInt32BE(text.length, 1);
      return Buffer.concat([envelope, Buffer.from(text)]);
    }),
  );
}

test("goaway ends no call under way, takes no further call, and the client closes when the last has ended", async () => {
  const held: ServerHttp2Stream[] = [];
  await using parts = await http2((stream, path) => (path === "/held" ? held.push(stream) : size(stream, path)));
  const running = parts.get("/held");
  await until(() => held.length === 1);
  const received = once(parts.session, "goaway");
  const fault = parts.proxy.add({ kind: "goaway" });
  const [code, lastStreamId] = await received;
  expect({ code, lastStreamId, strikes: fault.counts.strikes }).toEqual({ code: 0, lastStreamId: 1, strikes: 1 });
  held[0]?.respond({ ":status": 200 });
  held[0]?.end("finished");
  expect(await running).toBe("finished");
  if (!parts.session.closed) await once(parts.session, "close");
  // Connections to come are not meant.
  expect(fault.counts.strikes).toBe(1);
});

test("rst-stream resets one call on both sides; others, and later ones, go on", async () => {
  const held: ServerHttp2Stream[] = [];
  await using parts = await http2((stream, path) => (path === "/held" ? held.push(stream) : size(stream, path)));
  const other = parts.get("/30000");
  const fault = parts.proxy.add({ kind: "rst-stream", path: "/held", errorCode: "ENHANCE_YOUR_CALM" });
  expect(await parts.get("/held")).toBe("ERR_HTTP2_STREAM_ERROR 11");
  await until(() => parts.seen.includes("/held 8"));
  expect((await other).length).toBe(30_000);
  expect(await parts.get("/5")).toBe("xxxxx");
  expect(fault.counts).toEqual({ strikes: 1, bytes: 26 });
});

test("rst-stream at the reply lets the server work, loses its reply, and gives its window back", async () => {
  await using parts = await http2(size);
  for (let round = 0; round < 6; round++) {
    const fault = parts.proxy.add({ kind: "rst-stream", at: "reply", errorCode: "REFUSED_STREAM" });
    expect(await parts.get("/40000")).toBe("ERR_HTTP2_STREAM_ERROR 7");
    // The reset answers the first frame of the reply; what the server has sent behind it is lost too.
    fault.remove();
  }
  expect((await parts.get("/60000")).length).toBe(60_000);
  expect(parts.seen).not.toContain("session error");
});

test("stall-stream holds no more than maxHeldBytes: then the server is not read, and nothing is lost", async () => {
  await using parts = await http2(size, { maxHeldBytes: 65_536, windowBytes: 16 * 2 ** 20 });
  await parts.get("/1");
  const fault = parts.proxy.add({ kind: "stall-stream" });
  const stalled = parts.get("/8000000");
  const held = await settled(() => fault.counts.bytes);
  // One read of the socket may go over.
  expect(held).toBeGreaterThan(65_536 - 16_384);
  expect(held).toBeLessThan(3 * 65_536);
  fault.remove();
  expect((await stalled).length).toBe(8_000_000);
});

test("stall-stream and rst-stream take the stream of a number", async () => {
  await using parts = await http2(size);
  const stalled = parts.proxy.add({ kind: "stall-stream", stream: 3, connection: 1 });
  const reset = parts.proxy.add({ kind: "rst-stream", stream: 5, connection: 1 });
  const [first, second, third, fourth] = [parts.get("/1"), parts.get("/2"), parts.get("/3"), parts.get("/4")];
  expect([await first, await third, await fourth]).toEqual(["x", "ERR_HTTP2_STREAM_ERROR 2", "xxxx"]);
  stalled.remove();
  expect(await second).toBe("xx");
  expect([stalled.counts.strikes, reset.counts.strikes]).toEqual([1, 1]);
});

test("withhold-window-update stops the server at the window, and lifting it lets the rest come", async () => {
  await using parts = await http2(size);
  expect(await parts.get("/1")).toBe("x");
  const fault = parts.proxy.add({ kind: "withhold-window-update" });
  let got = 0;
  const stream = parts.session.request({ ":path": "/200000" });
  stream.on("data", (chunk: Buffer) => {
    got += chunk.length;
  });
  await until(() => got === 65_535 - 1 || got === 65_535);
  await fault.untilStruck();
  fault.remove();
  await once(stream, "end");
  expect(got).toBe(200_000);
});

test("drop-message leaves out one message, however long, and the windows stay right", async () => {
  await using parts = await http2((stream) => {
    stream.respond({ ":status": 200 });
    stream.end(messages("first", "x".repeat(50_000), "", "third"));
  });
  const grpc = { "content-type": "application/grpc" };
  // Three of them would take the connection's window.
  for (let round = 0; round < 3; round++) {
    parts.proxy.add({ kind: "drop-message", index: 1 });
    expect(await parts.get("/", grpc)).toBe(String(messages("first", "", "third")));
  }
  expect(await parts.get("/", { "content-type": "text/plain" })).toBe(
    String(messages("first", "x".repeat(50_000), "", "third")),
  );
});

test("corrupt-message makes one message unreadable and changes no length; an empty one is passed over", async () => {
  await using parts = await http2((stream) => {
    stream.respond({ ":status": 200 });
    stream.end(messages("first", "", "third", "fourth"));
  });
  const fault = parts.proxy.add({ kind: "corrupt-message", index: 1 });
  const body = await parts.get("/", { "content-type": "application/grpc+proto" });
  const wanted = messages("first", "", "third", "fourth");
  wanted.fill(0xff, 5 + 5 + 5 + 5, 5 + 5 + 5 + 5 + 5);
  expect(body).toBe(String(wanted));
  expect(fault.counts).toEqual({ strikes: 1, bytes: 5 });
});

test("drop-message on the way up loses what the client said, and only that", async () => {
  await using parts = await http2((stream) => {
    stream.respond({ ":status": 200 });
    stream.pipe(stream);
  });
  parts.proxy.add({ kind: "drop-message", direction: "up", index: 0 });
  const stream = parts.session.request({ ":method": "POST", ":path": "/", "content-type": "application/grpc" });
  stream.write(messages("lost"));
  stream.end(messages("kept"));
  expect(String(await buffer(stream))).toBe(String(messages("kept")));
});

test("cut-reply ends the connection after the whole request, before the first of the reply", async () => {
  const bodies: string[] = [];
  await using parts = await http2((stream, path) => {
    void buffer(stream).then((body) => {
      bodies.push(String(body));
      size(stream, path);
    });
  });
  const fault = parts.proxy.add({ kind: "cut-reply", path: "/7" });
  expect(await parts.get("/2")).toBe("xx");
  const stream = parts.session.request({ ":method": "POST", ":path": "/7" });
  let answered = false;
  stream.on("response", () => {
    answered = true;
  });
  const closed = new Promise((resolve) => stream.on("error", resolve));
  stream.end("the request");
  await closed;
  expect({ bodies, answered, strikes: fault.counts.strikes }).toEqual({
    bodies: ["", "the request"],
    answered: false,
    strikes: 1,
  });
});

test("buffer-sse over HTTP/2 gathers events and gives them out at the size and when lifted", async () => {
  const open: ServerHttp2Stream[] = [];
  await using parts = await http2((stream) => {
    stream.respond({ ":status": 200, "content-type": "text/event-stream" });
    open.push(stream);
  });
  const fault = parts.proxy.add({ kind: "buffer-sse", bytes: 60 });
  const stream = parts.session.request({ ":path": "/" });
  let got = "";
  stream.on("data", (chunk) => {
    got += chunk;
  });
  await once(stream, "response");
  for (const [index, total] of [20, 40, 60].entries()) {
    open[0]?.write(`${index}:${" ".repeat(9)}`);
    await until(() => fault.counts.bytes >= total - 1);
    if (total < 60) expect(got).toBe("");
  }
  await until(() => got.length === 33);
  open[0]?.write("last");
  await until(() => fault.counts.bytes > 60 + 9);
  fault.remove();
  await until(() => got.endsWith("last"));
});
