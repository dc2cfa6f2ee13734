import fc from "fast-check";
import { expect, test } from "vitest";
import { natsBytes } from "../../tests/support/nats-script.ts";
import { cut, cuts } from "../../tests/support/splits.ts";
import { toUtf8 } from "../core/bytes.ts";
import { createNatsConnection } from "./connection.ts";
import type { NatsEvent, Side } from "./events.ts";
import type { NatsConnectionOptions } from "./options.ts";

function decode(from: Side, parts: readonly Uint8Array[], options?: NatsConnectionOptions): NatsEvent[] {
  const connection = createNatsConnection(options);
  return [...parts.flatMap((part) => [...connection.push(from, part)]), ...connection.end(from)];
}

const decodeText = (from: Side, text: string, options?: NatsConnectionOptions) => decode(from, [toUtf8(text)], options);
const codes = (events: readonly NatsEvent[]) =>
  events.flatMap((event) => (event.type === "error" ? [event.error.code] : []));

test.each(["client", "server"] as const)(
  "createNatsConnection + the same events however the input of a %s is cut",
  (from) => {
    const join = fc.constantFrom("start" as const, "middle" as const);
    const limits = fc.constantFrom({}, { maxLineBytes: 64, maxPayloadBytes: 50 });
    fc.assert(
      fc.property(fc.record({ bytes: natsBytes(from), at: cuts, join, limits }), ({ bytes, at, join, limits }) => {
        const options = { join, ...limits };
        expect(decode(from, cut(bytes, at), options)).toEqual(decode(from, [bytes], options));
      }),
      { numRuns: 300 },
    );
  },
);

test("createNatsConnection + what a client sends", () => {
  const text = [
    'CONNECT {"verbose":false,"user":"orders","lang":"node"}',
    "SUB orders.* workers 1",
    "SUB _INBOX.x.* 2",
    "UNSUB 2 1",
    "PUB orders.created _INBOX.x.1 5",
    "hello",
    "HPUB orders.created 24 26",
    "NATS/1.0\r\nTrace: a:b\r\n\r\nhi",
    "PING",
    "",
  ].join("\r\n");
  const events = decodeText("client", text);
  expect(events).toMatchObject([
    { type: "CONNECT", options: { verbose: false, user: "orders", lang: "node" }, offset: 0, wireBytes: 57 },
    { type: "SUB", subject: "orders.*", queue: "workers", sid: "1", offset: 57 },
    { type: "SUB", subject: "_INBOX.x.*", queue: undefined, sid: "2" },
    { type: "UNSUB", sid: "2", maxMessages: 1 },
    {
      type: "PUB",
      subject: "orders.created",
      replyTo: "_INBOX.x.1",
      headers: undefined,
      payloadBytes: 5,
      payload: toUtf8("hello"),
    },
    { type: "HPUB", replyTo: undefined, headerBytes: 24, payloadBytes: 2, payload: toUtf8("hi") },
    { type: "PING" },
  ]);
  expect(events[5]).toMatchObject({ headers: { status: null, fields: [{ name: "Trace", value: "a:b" }] } });
  const last = events.at(-1);
  expect(last?.type === "PING" && last.offset + last.wireBytes).toBe(text.length);
});

test("createNatsConnection + what a server sends", () => {
  const status = "NATS/1.0 503 No Responders\r\n\r\n";
  const text = `INFO {"version":"2.15.2"}\r\n+OK\r\n-ERR 'Slow Consumer'\r\nMSG a.b 7 3\r\n\r\n!\r\nHMSG _INBOX.1 8 ${status.length} ${status.length}\r\n${status}\r\nPONG\r\n`;
  expect(decodeText("server", text)).toMatchObject([
    { type: "INFO", info: { version: "2.15.2" } },
    { type: "+OK" },
    { type: "-ERR", message: "Slow Consumer" },
    { type: "MSG", subject: "a.b", sid: "7", replyTo: undefined, payload: toUtf8("\r\n!") },
    { type: "HMSG", sid: "8", headers: { status: 503, description: "No Responders", fields: [] }, payloadBytes: 0 },
    { type: "PONG" },
  ]);
});

test("createNatsConnection + shows no secret of CONNECT, also none that it does not know", () => {
  const secrets = { pass: "s3cret", auth_token: "s3cret", jwt: "s3cret", sig: "s3cret", later: { deep: "s3cret" } };
  const events = decodeText("client", `CONNECT ${JSON.stringify({ ...secrets, name: "orders" })}\r\n`);
  expect(JSON.stringify(events)).not.toContain("s3cret");
  expect(events).toMatchObject([{ options: { pass: "[redacted]", later: "[redacted]", name: "orders" } }]);
});

test.each([
  ["an operation that is none", "client", "HELLO you\r\n", "unknown_operation"],
  ["an operation of the other side", "client", "MSG a 1 0\r\n\r\n", "unknown_operation"],
  ["arguments that are none", "client", "PUB a b c d\r\n", "bad_arguments"],
  ["headers longer than the whole", "client", "HPUB a 12 10\r\n", "bad_arguments"],
  ["options that are not JSON", "client", "CONNECT {\r\n", "bad_json"],
  ["a line over the limit", "client", `SUB ${"a".repeat(100)} 1\r\n`, "line_too_long"],
  ["a payload that is longer", "client", "PUB a 1\r\nab\r\n", "bad_payload_end"],
  ["a payload over the limit", "client", `PUB a 60\r\n${"a".repeat(60)}\r\n`, "payload_too_large"],
  ["LF alone", "client", "PING\n", "bad_line_end"],
  ["headers that are none", "server", "HMSG a 1 4 4\r\nabcd\r\n", "bad_headers"],
  ["a line cut off", "server", "PIN", "truncated"],
  ["a payload cut off", "server", "MSG a 1 2\r\nab", "truncated"],
] as const)("createNatsConnection + tells %s", (...[, from, text, code]) => {
  expect(codes(decodeText(from, text, { maxLineBytes: 64, maxPayloadBytes: 50 }))).toEqual([`nats.${code}`]);
});

test("createNatsConnection + a payload over the limit is skipped, and what follows is read", () => {
  const events = decodeText("client", `PUB a 60\r\n${"PING\r\n".repeat(10)}\r\nPING\r\n`, { maxPayloadBytes: 50 });
  expect(events).toMatchObject([{ type: "error" }, { type: "PUB", payloadBytes: 60, payload: null }, { type: "PING" }]);
});

test("createNatsConnection + joined inside a payload finds the next operation", () => {
  const tail = '{"sku":"MSG-1"}\r\n';
  const events = decodeText("server", `${tail}MSG a 1 2\r\nhi\r\nPING\r\n`, { join: "middle" });
  expect(events).toMatchObject([
    { type: "resync", offset: tail.length, skippedBytes: tail.length },
    { type: "MSG", offset: tail.length },
    { type: "PING" },
  ]);
});

test("createNatsConnection + joined inside a payload takes no operation in it for one", () => {
  const tail = "MSG a 1 2\r\nhi\nXPING\r\nPIN";
  const events = decodeText("server", `${tail}\r\nMSG a 1 2\r\nhi\r\nPONG\r\n`, { join: "middle" });
  expect(events).toMatchObject([{ type: "resync", offset: tail.length + 2 }, { type: "MSG" }, { type: "PONG" }]);
});

test("createNatsConnection + says when the client goes over to TLS, and reads no further", () => {
  const connection = createNatsConnection();
  connection.push("server", toUtf8('INFO {"tls_required":true}\r\n'));
  expect(connection.push("client", Uint8Array.of(0x16, 3, 1, 2))).toEqual([{ type: "encrypted", from: "client" }]);
  expect(connection.push("server", Uint8Array.of(0x16, 3, 3))).toEqual([]);
  expect(connection.end("client")).toEqual([]);
});

test("createNatsConnection + refuses options out of range", () => {
  expect(() => createNatsConnection({ resyncOperations: 1 })).toThrow(/resyncOperations/);
});
