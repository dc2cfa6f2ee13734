import { expect, test } from "vitest";
import { joinPieces } from "../../tests/support/pieces.ts";
import { toUtf8 } from "../core/bytes.ts";
import { createHttp1Connection } from "./connection.ts";
import type { Http1Event, Side } from "./events.ts";
import type { Http1ConnectionOptions } from "./options.ts";

const GET = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
const UPGRADE = "GET /ws HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

/** Events of parts, `>` for what the client sends and `<` for the server; both sides end. */
function decode(parts: readonly string[], options?: Http1ConnectionOptions): Http1Event[] {
  const connection = createHttp1Connection(options);
  const side = (part: string): Side => (part.startsWith(">") ? "client" : "server");
  const events = parts.flatMap((part) => [...connection.push(side(part), toUtf8(part.slice(1)))]);
  return [...events, ...connection.end("server"), ...connection.end("client")];
}

const codes = (events: readonly Http1Event[]) =>
  events.flatMap((event) => (event.type === "error" ? [event.error.code] : []));
const only = <Type extends Http1Event["type"]>(events: readonly Http1Event[], type: Type) =>
  events.filter((event): event is Extract<Http1Event, { type: Type }> => event.type === type);

test("createHttp1Connection + a request and its response, in order and field by field", () => {
  expect(joinPieces(decode([`>${GET}`, `<${OK}`]))).toMatchObject([
    {
      type: "request",
      exchange: 0,
      method: "GET",
      target: "/a",
      version: "1.1",
      fields: [{ name: "host", rawName: "Host", value: "x" }],
      body: { kind: "none" },
      offset: 0,
      headBytes: GET.length,
    },
    { type: "end", from: "client", bodyBytes: 0, wireBytes: GET.length, complete: true },
    { type: "response", exchange: 0, assumed: false, status: 200, reason: "OK", body: { kind: "length", bytes: 2 } },
    { type: "body", from: "server", exchange: 0, data: "hi" },
    { type: "end", from: "server", exchange: 0, bodyBytes: 2, wireBytes: OK.length, complete: true },
    { type: "close", from: "server", open: [] },
    { type: "close", from: "client", open: [] },
  ]);
});

test("createHttp1Connection + chunks with extensions and trailers", () => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;q="a"\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n';
  expect(joinPieces(decode([`>${GET}`, `<${chunked}`])).slice(2, -2)).toMatchObject([
    { type: "response", body: { kind: "chunked" } },
    { type: "chunk", size: 2, extensions: 'q="a"' },
    { type: "body", data: "hi" },
    { type: "chunk", size: 0 },
    { type: "trailers", fields: [{ name: "x-sum", value: "7" }] },
    { type: "end", bodyBytes: 2, wireBytes: chunked.length, complete: true },
  ]);
});

test("createHttp1Connection + pipelined requests get their responses in order, HEAD's without a body", () => {
  const events = decode([
    `>${GET}HEAD /b HTTP/1.1\r\n\r\n${GET}`,
    `<HTTP/1.1 103 Early\r\n\r\n${OK}HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n`,
  ]);
  expect(
    only(events, "response").map(({ exchange, status, informational, body }) => [
      exchange,
      status,
      informational,
      body.kind,
    ]),
  ).toEqual([
    [0, 103, true, "none"],
    [0, 200, false, "length"],
    [1, 200, false, "none"],
    [2, 304, false, "none"],
  ]);
  expect(codes(events)).toEqual([]);
});

test("createHttp1Connection + a body without a length ends with the connection", () => {
  const events = decode([`>${GET}`, "<HTTP/1.0 200 OK\r\n\r\nto the end"]);
  expect(only(events, "response")).toMatchObject([{ version: "1.0", body: { kind: "until-close" } }]);
  expect(only(events, "end").at(-1)).toMatchObject({ from: "server", bodyBytes: 10, complete: true });
});

test("createHttp1Connection + 101 hands over what both sides sent behind it", () => {
  const events = decode([
    `>${UPGRADE}`,
    ">early",
    "<HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n\r\nframes",
    ">late",
  ]);
  expect(joinPieces(events).slice(2, -2)).toMatchObject([
    { type: "response", status: 101, informational: false, body: { kind: "switch" } },
    { type: "end", from: "server" },
    { type: "switch", because: "upgrade", protocol: "websocket", exchange: 0 },
    { type: "tunnel", from: "client", data: "early" },
    { type: "tunnel", from: "server", data: "frames" },
    { type: "tunnel", from: "client", data: "late" },
  ]);
});

test("createHttp1Connection + a refused upgrade leaves HTTP, also for what was held", () => {
  const events = decode([`>${UPGRADE}${GET}`, `<${OK}${OK}`]);
  expect(only(events, "response").map(({ exchange }) => exchange)).toEqual([0, 1]);
  expect(only(events, "request").map(({ target }) => target)).toEqual(["/ws", "/a"]);
  expect(codes(events)).toEqual([]);
});

test("createHttp1Connection + CONNECT is a tunnel when it succeeds only", () => {
  const request = ">CONNECT a:443 HTTP/1.1\r\n\r\n";
  expect(decode([request, "<HTTP/1.1 200 OK\r\n\r\nx"])).toMatchObject([
    {},
    {},
    { type: "response" },
    { type: "end" },
    { type: "switch", because: "connect", protocol: null },
    { type: "tunnel" },
    {},
    {},
  ]);
  expect(only(decode([request, "<HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n"]), "switch")).toEqual([]);
});

test("createHttp1Connection + a client that closes shows which exchanges it gives up", () => {
  const connection = createHttp1Connection();
  connection.push("client", toUtf8(GET + GET + GET));
  connection.push("server", toUtf8(`${OK}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh`));
  expect(connection.end("client")).toEqual([{ type: "close", from: "client", open: [1, 2] }]);
  expect(connection.end("server")).toMatchObject([
    { type: "error", error: { code: "http1.truncated" } },
    { type: "end", exchange: 1, complete: false },
    { type: "close", open: [2] },
  ]);
});

test.each([
  ["a start line that is none", [">hello\r\n"], "bad_start_line"],
  ["another version", [">PRI * HTTP/2.0\r\n\r\n"], "bad_version"],
  ["white space in front of the colon", [">GET / HTTP/1.1\r\nHost : x\r\n\r\n"], "bad_field"],
  ["a folded field", [">GET / HTTP/1.1\r\nA: x\r\n y\r\n\r\n"], "obsolete_fold"],
  ["LF alone", [">GET / HTTP/1.1\r\nA: x\n\r\n"], "bare_lf"],
  ["a head over the limit", [`>GET / HTTP/1.1\r\n${`A: ${"b".repeat(40)}\r\n`.repeat(2)}\r\n`], "head_too_large"],
  ["a line over the limit", [`>GET /${"a".repeat(200)} HTTP/1.1\r\n\r\n`], "head_too_large"],
  ["too many fields", [`>GET / HTTP/1.1\r\n${"A: b\r\n".repeat(5)}\r\n`], "too_many_fields"],
  ["two lengths", [">POST / HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\n"], "bad_content_length"],
  ["a length that is none", [">POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n"], "bad_content_length"],
  ["chunked not last", [">POST / HTTP/1.1\r\nTransfer-Encoding: chunked, x\r\n\r\n"], "bad_transfer_encoding"],
  [
    "a length beside chunks",
    [">POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    "length_and_chunked",
  ],
  ["a chunk size that is none", [">POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"], "bad_chunk"],
  ["a chunk that is longer", [">POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"], "bad_chunk"],
  [
    "a chunk line over the limit",
    [`>POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;${"a".repeat(40)}\r\n`],
    "chunk_line_too_long",
  ],
  ["a body cut off", [">POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na"], "truncated"],
  ["a head cut off", [">GET / HT"], "truncated"],
  ["a response to nothing", [`<${OK}`], "unexpected_response"],
  ["too many requests", [`>${GET}${GET}${GET}`], "too_many_pending"],
  ["too much in front of an answer", [`>${UPGRADE}`, `>${"x".repeat(50)}`], "held_too_large"],
])("createHttp1Connection + tells %s", (_, parts, code) => {
  const limits = { maxHeadBytes: 100, maxFields: 4, maxChunkLineBytes: 20, maxPending: 2, maxHeldBytes: 40 };
  expect(codes(decode(parts, limits))).toEqual([`http1.${code}`]);
});

test("createHttp1Connection + responses beyond maxPending are passed on without a guess", () => {
  const parts = [`>${GET.repeat(4)}`, `<${OK.repeat(3)}`, `>${GET}`, `<${OK.repeat(2)}`, `>${GET}`, `<${OK}`];
  const events = decode(parts, { maxPending: 2 });
  expect(only(events, "response").map(({ exchange }) => exchange)).toEqual([0, 1, null, null, null, 5]);
  expect(codes(events)).toEqual(["http1.too_many_pending"]);
});

test("createHttp1Connection + what a refused upgrade held beyond the limit is skipped up to the next message", () => {
  const events = decode([`>${UPGRADE}`, `>${"x".repeat(50)}`, ">y", `<${OK}`, `>\r\n${GET}`, `<${OK}`], {
    maxHeldBytes: 40,
  });
  expect(only(events, "resync")).toMatchObject([{ from: "client", offset: UPGRADE.length + 53, skippedBytes: 2 }]);
  expect(only(events, "request").map(({ target }) => target)).toEqual(["/ws", "/a"]);
});

test("createHttp1Connection + goes on at the next message behind one that it can't read", () => {
  const bad = "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\nGET is what the body begins with\r\n";
  const events = decode([`>${bad}${GET}`, `<${OK}${OK}`]);
  expect(only(events, "resync")).toEqual([
    { type: "resync", from: "client", offset: bad.length, skippedBytes: bad.length - bad.indexOf("GET") },
  ]);
  expect(only(events, "request").map(({ target }) => target)).toEqual(["/", "/a"]);
  expect(only(events, "response")).toMatchObject([
    { exchange: 0, assumed: true },
    { exchange: 1, assumed: true },
  ]);
});

test("createHttp1Connection + joined in the middle finds messages, and says what it only assumes", () => {
  const events = decode(["<tail of a body\r\nHTTP/1.1 is", `>rest of one\r\n\r\n${GET}`, `<good\r\n${OK}`], {
    join: "middle",
  });
  expect(only(events, "resync").map(({ from, skippedBytes }) => [from, skippedBytes])).toEqual([
    ["client", 15],
    ["server", 33],
  ]);
  expect(only(events, "response")).toMatchObject([{ exchange: 0, assumed: true, status: 200 }]);
  const orphan = decode([`<${OK}`], { join: "middle" });
  expect(only(orphan, "response")).toMatchObject([{ exchange: null, assumed: false }]);
  expect(codes(orphan)).toEqual([]);
});

test("createHttp1Connection + refuses options out of range", () => {
  expect(() => createHttp1Connection({ maxPending: 0 })).toThrow(/maxPending/);
});
