import fc from "fast-check";
import { expect, test } from "vitest";
import {
  cancelRequest,
  failure,
  pgMessage,
  postgresConversation,
  ready,
  STARTUP,
} from "../../tests/support/postgres-script.ts";
import { cut, cuts } from "../../tests/support/splits.ts";
import { createPostgresCancels } from "./cancels.ts";
import { createPostgresConnection } from "./connection.ts";
import type { PostgresEvent, Side } from "./events.ts";
import type { PostgresConnectionOptions } from "./options.ts";
import { redactPasswords } from "./redact.ts";

type Part = readonly [Side, ...Uint8Array[]];

function decode(parts: readonly Part[], options?: PostgresConnectionOptions): PostgresEvent[] {
  const connection = createPostgresConnection(options);
  const events = parts.flatMap(([from, ...list]) => list.flatMap((bytes) => [...connection.push(from, bytes)]));
  return [...events, ...connection.end("client"), ...connection.end("server")];
}

const codes = (events: readonly PostgresEvent[]) =>
  events.flatMap((event) => (event.type === "error" ? [event.error.code] : []));
const statements = (events: readonly PostgresEvent[]) =>
  events.filter((event) => event.type === "statement" || event.type === "statement-end");
const messages = (events: readonly PostgresEvent[]) =>
  events.flatMap((event) => (event.type === "message" ? [event.message] : []));

const SESSION: readonly Part[] = [
  ["client", STARTUP],
  ["server", pgMessage("R", { int32: 0 }), pgMessage("K", { int32: 77 }, Uint8Array.of(1, 2, 3, 4)), ready()],
];
const query = (sql: string) => pgMessage("Q", sql);
const complete = (tag: string) => pgMessage("C", tag);
const row = pgMessage("D", { int16: 1 }, { int32: 3 }, Uint8Array.of(1, 2, 3));
const columns = pgMessage("T", { int16: 2 }, "id", new Uint8Array(18), "total", new Uint8Array(18));
const parse = (name: string, sql: string) => pgMessage("P", name, sql, { int16: 0 });
const bind = (portal: string, name: string) =>
  pgMessage("B", portal, name, { int16: 0 }, { int16: 1 }, { int32: 1 }, Uint8Array.of(9), { int16: 0 });
const execute = (portal: string) => pgMessage("E", portal, { int32: 0 });
const sync = pgMessage("S");
const [parsed, bound, noData, copyDone] = ["1", "2", "n", "c"].map((type) => pgMessage(type)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

test("createPostgresConnection + the same events however the input is cut", () => {
  const join = fc.constantFrom("start" as const, "middle" as const);
  const limits = fc.constantFrom({}, { maxMessageBytes: 64, maxPending: 3, maxPrepared: 1 });
  fc.assert(
    fc.property(fc.record({ list: postgresConversation, at: cuts, join, limits }), ({ list, at, join, limits }) => {
      const options = { join, ...limits };
      const whole = list.map(({ from, bytes }): Part => [from, bytes]);
      const inParts = list.map(({ from, bytes }): Part => [from, ...cut(bytes, at)]);
      expect(decode(inParts, options)).toEqual(decode(whole, options));
    }),
    { numRuns: 300 },
  );
});

test("createPostgresConnection + every statement that begins ends once", () => {
  fc.assert(
    fc.property(postgresConversation, (list) => {
      const events = decode(list.map(({ from, bytes }): Part => [from, bytes]));
      const ids = (type: string) =>
        statements(events).flatMap((event) => (event.type === type && "id" in event ? [event.id] : []));
      expect(ids("statement-end").sort((a, b) => a - b)).toEqual([...ids("statement").keys()]);
    }),
    { numRuns: 300 },
  );
});

test("createPostgresConnection + what begins a session, without its secrets", () => {
  const events = decode([
    ["client", pgMessage("", { int32: 80_877_103 })],
    ["server", Uint8Array.of(0x4e)],
    ["client", STARTUP],
    ["server", pgMessage("R", { int32: 10 }, "SCRAM-SHA-256", Uint8Array.of(0))],
    ["client", pgMessage("p", "SCRAM-SHA-256", { int32: 6 }, "s3cret")],
    ["server", pgMessage("R", { int32: 0 }), pgMessage("S", "server_version", "18.4")],
    ["server", pgMessage("K", { int32: 77 }, Buffer.from("s3cret-key")), ready()],
  ]);
  expect(messages(events)).toEqual([
    { name: "SSLRequest" },
    { name: "EncryptionResponse", accepted: false },
    { name: "StartupMessage", version: "3.0", parameters: { user: "orders", database: "shop" } },
    { name: "Authentication", method: "sasl" },
    { name: "PasswordMessage" },
    { name: "Authentication", method: "ok" },
    { name: "ParameterStatus", parameter: "server_version", value: "18.4" },
    { name: "BackendKeyData", processId: 77 },
    { name: "ReadyForQuery", transaction: "idle" },
  ]);
  expect(codes(events)).toEqual([]);
  const shown = JSON.stringify(events);
  for (const secret of ["s3cret", Buffer.from("s3cret").toString("hex"), "115,51,99"])
    expect(shown).not.toContain(secret);
});

test("createPostgresConnection + a simple query of two commands ends when the server is ready", () => {
  const events = decode([
    ...SESSION,
    ["client", query("begin; select id, total from orders")],
    ["server", complete("BEGIN"), columns, row, row, complete("SELECT 2"), ready("T")],
  ]);
  expect(statements(events)).toEqual([
    { type: "statement", id: 0, protocol: "simple", sql: "begin; select id, total from orders" },
    {
      type: "statement-end",
      id: 0,
      outcome: "complete",
      tags: ["BEGIN", "SELECT 2"],
      rows: 2,
      rowBytes: 2 * row.length,
      copyBytes: 0,
      error: null,
      cancelRequested: false,
    },
  ]);
  expect(messages(events).slice(-5)).toMatchObject([
    { name: "RowDescription", columns: ["id", "total"] },
    { name: "DataRow", columns: 1 },
    {},
    {},
    { name: "ReadyForQuery", transaction: "open" },
  ]);
});

test("createPostgresConnection + prepared statements keep their SQL, and pipelined ones their order", () => {
  const events = decode([
    ...SESSION,
    ["client", parse("one", "select 1"), parse("two", "select 2"), sync],
    ["server", parsed, parsed, ready()],
    ["client", bind("", "two"), execute(""), bind("", "one"), execute(""), sync, bind("", "two"), execute(""), sync],
    ["server", bound, complete("SELECT 1"), bound, pgMessage("s"), ready(), bound, pgMessage("I"), ready()],
  ]);
  expect(codes(events)).toEqual([]);
  expect(statements(events)).toMatchObject([
    { id: 0, protocol: "extended", sql: "select 2" },
    { id: 1, sql: "select 1" },
    { id: 2, sql: "select 2" },
    { id: 0, outcome: "complete" },
    { id: 1, outcome: "suspended" },
    { id: 2, outcome: "empty" },
  ]);
});

test("createPostgresConnection + a failure ends its statement and skips those up to Sync, not those behind", () => {
  const step = [parse("", "select x"), bind("", ""), pgMessage("D", Uint8Array.of(0x50), ""), execute("")];
  const events = decode([
    ...SESSION,
    ["client", ...step, ...step, sync, ...step, sync],
    ["server", failure("42703"), ready("E"), parsed, bound, noData, complete("SELECT 0"), ready()],
  ]);
  expect(codes(events)).toEqual([]);
  const ends = statements(events).filter(({ type }) => type === "statement-end");
  expect(ends).toMatchObject([
    { id: 0, outcome: "error", error: { severity: "ERROR", sqlstate: "42703", message: "no" } },
    { id: 1, outcome: "skipped", error: null },
    { id: 2, outcome: "complete" },
  ]);
  expect(JSON.stringify(events)).not.toContain("private detail");
});

test("createPostgresConnection + what a client sends between a failure and Sync is skipped", () => {
  const events = decode([
    ...SESSION,
    ["client", parse("", "x")],
    ["server", failure("42601")],
    ["client", bind("", ""), execute(""), sync],
    ["server", ready()],
    ["client", query("select 1")],
    ["server", complete("SELECT 1"), ready()],
  ]);
  expect(codes(events)).toEqual([]);
  expect(statements(events)).toMatchObject([{}, { id: 0, outcome: "skipped" }, {}, { id: 1, outcome: "complete" }]);
});

test("createPostgresConnection + COPY: bytes counted, contents passed over, Sync before its end ignored", () => {
  const data = pgMessage("d", "s3cret row");
  const events = decode([
    ...SESSION,
    ["client", parse("", "copy t from stdin"), bind("", ""), execute(""), sync],
    ["server", parsed, bound, pgMessage("G", new Uint8Array(3))],
    ["client", data, data, copyDone, sync],
    ["server", complete("COPY 2"), ready()],
    ["client", query("copy t to stdout")],
    ["server", pgMessage("H", new Uint8Array(3)), data, copyDone, complete("COPY 1"), ready()],
  ]);
  expect(codes(events)).toEqual([]);
  expect(statements(events)).toMatchObject([
    {},
    { outcome: "complete", tags: ["COPY 2"], copyBytes: 2 * data.length },
    {},
    { outcome: "complete", tags: ["COPY 1"], copyBytes: data.length },
  ]);
  expect(JSON.stringify(events)).not.toContain("s3cret");
});

test("createPostgresConnection + a cancellation on its own connection finds its statement by process and key", () => {
  const cancels = createPostgresCancels();
  const session = createPostgresConnection({ connection: 5, cancels });
  const push = (parts: readonly Part[]) =>
    parts.flatMap(([from, ...list]) => list.flatMap((bytes) => [...session.push(from, bytes)]));
  push([...SESSION, ["client", query("select pg_sleep(60)")]]);
  const ask = (processId: number, ...key: readonly number[]) =>
    decode([["client", cancelRequest(processId, Uint8Array.from(key))]], { cancels }).slice(1);
  expect(ask(77, 1, 2, 3, 5)).toEqual([{ type: "cancel-request", processId: 77, matches: false, target: null }]);
  expect(ask(78, 1, 2, 3, 4)).toEqual([{ type: "cancel-request", processId: 78, matches: null, target: null }]);
  const target = { connection: 5, statement: 0 };
  expect(ask(77, 1, 2, 3, 4)).toEqual([{ type: "cancel-request", processId: 77, matches: true, target }]);
  const failed = push([["server", failure("57014"), ready()]]);
  expect(statements(failed)).toMatchObject([{ outcome: "cancelled", cancelRequested: true }]);
  session.end("server");
  expect(cancels.sessions).toBe(0);
});

test("createPostgresConnection + a cancellation that comes too late is the next statement's", () => {
  const cancels = createPostgresCancels();
  const session = createPostgresConnection({ cancels });
  const push = (...parts: readonly Part[]) =>
    parts.flatMap(([from, ...list]) => list.flatMap((bytes) => [...session.push(from, bytes)]));
  push(...SESSION, ["client", query("select 1")]);
  decode([["client", cancelRequest(77, Uint8Array.of(1, 2, 3, 4))]], { cancels });
  const ends = push(
    ["server", complete("SELECT 1"), ready()],
    ["client", query("select 2")],
    ["server", failure("57014"), ready()],
    ["client", query("select 3")],
    ["server", failure("57014"), ready()],
  );
  expect(statements(ends).filter(({ type }) => type === "statement-end")).toMatchObject([
    { outcome: "complete", cancelRequested: true },
    { outcome: "cancelled", cancelRequested: true },
    { outcome: "cancelled", cancelRequested: false },
  ]);
});

test("createPostgresCancels + forgets the oldest session beyond its limit", () => {
  const cancels = createPostgresCancels({ maxSessions: 1 });
  const target = { connection: 0, cancel: () => null };
  cancels.register(1, Uint8Array.of(1), target);
  cancels.register(2, Uint8Array.of(2), target);
  expect(cancels.sessions).toBe(1);
  expect(cancels.request(1, Uint8Array.of(1)).matches).toBeNull();
  expect(cancels.request(2, Uint8Array.of(2)).matches).toBe(true);
  expect(() => createPostgresCancels({ maxSessions: 0 })).toThrow(/maxSessions/);
});

test.each([
  ["a server that ends", [["server", new Uint8Array()]], "cut", null],
  ["a server that fails", [["server", failure("57P01")]], "error", "57P01"],
] as const)("createPostgresConnection + %s cuts what runs", (...[, parts, outcome, sqlstate]) => {
  const events = decode([...SESSION, ["client", query("select 1")], ...parts]);
  expect(statements(events).at(-1)).toMatchObject({ outcome, error: sqlstate && { sqlstate } });
});

test("createPostgresConnection + goes over to TLS and reads no further", () => {
  const ssl = pgMessage("", { int32: 80_877_103 });
  const asked = decode([
    ["client", ssl],
    ["server", Uint8Array.of(0x53, 0x16)],
    ["client", Uint8Array.of(0x16, 3, 1)],
  ]);
  expect(asked.map(({ type }) => type)).toEqual(["message", "message", "encrypted"]);
  expect(decode([["client", Uint8Array.of(0x16, 3, 1, 0, 9, 9, 9, 9, 9)]])).toEqual([{ type: "encrypted" }]);
});

test.each([
  ["a first packet that is none", [["client", pgMessage("", { int32: 7 })]], "bad_startup"],
  ["a first packet of no length", [["client", new Uint8Array(8)]], "bad_startup"],
  [
    "a reply that is none",
    [
      ["client", pgMessage("", { int32: 80_877_103 })],
      ["server", Uint8Array.of(1)],
    ],
    "bad_reply",
  ],
  ["a type that is none", [["client", STARTUP, pgMessage("~", "")]], "unknown_message"],
  ["a length that is none", [["client", STARTUP, Uint8Array.of(0x51, 0, 0, 0, 3)]], "bad_length"],
  ["a message without its fields", [["client", STARTUP, pgMessage("P", "a")]], "bad_message"],
  ["a message over the limit", [["client", STARTUP, query("x".repeat(100))]], "message_too_large"],
  ["an answer to nothing", [...SESSION, ["server", parsed]], "unexpected_message"],
  ["too many requests", [...SESSION, ["client", sync, sync, sync, sync]], "too_many_pending"],
  ["too many prepared", [...SESSION, ["client", parse("a", ""), parse("b", ""), parse("c", "")]], "too_many_prepared"],
  ["a message cut off", [["client", STARTUP, Uint8Array.of(0x51, 0)]], "truncated"],
] as readonly [string, readonly Part[], string][])("createPostgresConnection + tells %s", (_, parts, code) => {
  const options = { maxMessageBytes: 64, maxPending: 3, maxPrepared: 2 };
  expect(codes(decode(parts, options))).toEqual([`postgres.${code}`]);
});

test("createPostgresConnection + keeps only the beginning of a text over the limit", () => {
  const events = decode([...SESSION, ["client", query(`select '${"x".repeat(100)}'`)]], { maxMessageBytes: 64 });
  expect(statements(events)[0]).toMatchObject({ sql: `select '${"x".repeat(56)}` });
});

test("createPostgresConnection + has no limit on what it passes over: rows, COPY and passwords", () => {
  const large = new Uint8Array(100);
  const parts: readonly Part[] = [
    ["client", STARTUP, pgMessage("p", large), pgMessage("d", large)],
    ["server", pgMessage("D", { int16: 1 }, large)],
  ];
  const shown = decode(parts, { maxMessageBytes: 64 }).flatMap((event) => (event.type === "message" ? [event] : []));
  expect(shown.map(({ cut, wireBytes }) => [cut, wireBytes]).slice(1)).toEqual([
    [false, 105],
    [false, 105],
    [false, 107],
  ]);
});

test("createPostgresConnection + follows statements again once the server is ready", () => {
  const events = decode([
    ...SESSION,
    ["client", query("select 1")],
    ["server", parsed],
    ["server", complete("SELECT 1"), ready()],
    ["client", query("select 2")],
    ["server", complete("SELECT 1"), ready()],
  ]);
  expect(codes(events)).toEqual(["postgres.unexpected_message"]);
  expect(statements(events)).toMatchObject([{}, { id: 0, outcome: "unknown" }, {}, { id: 1, outcome: "complete" }]);
});

test("createPostgresConnection + joined in the middle finds messages, and SQL prepared before is null", () => {
  const events = decode(
    [
      ["client", Buffer.from("tail of a query\0")],
      ["server", Buffer.from("a row"), row, complete("SELECT 1"), ready()],
      ["client", bind("", "before"), execute(""), sync],
      ["server", bound, complete("SELECT 1"), ready()],
      ["client", bind("", "before"), execute(""), sync],
      ["server", bound, complete("SELECT 2"), ready()],
    ],
    { join: "middle" },
  );
  expect(events.filter(({ type }) => type === "resync")).toEqual([
    { type: "resync", from: "server", offset: 5, skippedBytes: 5 },
    { type: "resync", from: "client", offset: 16, skippedBytes: 16 },
  ]);
  // What was asked before both sides could be read is not followed.
  expect(statements(events)).toMatchObject([{ sql: null }, { outcome: "complete", tags: ["SELECT 2"] }]);
  expect(codes(events)).toEqual([]);
});

test.each([
  ["alter role x password 'secret'", "alter role x password [redacted]"],
  ["create role x with encrypted PASSWORD $$secret$$ login", "create role x with encrypted PASSWORD [redacted]"],
  ["select dblink('host=h password=secret')", "select dblink('host=h password=[redacted]"],
  [
    "create user mapping for x options (user 'u', password 'secret')",
    "create user mapping for x options (user 'u', password [redacted]",
  ],
  ["select password_hash from users where id = 'x'", "select password_hash from users where id = 'x'"],
  ["select password from users where id = $1", "select password from users where id = $1"],
])("redactPasswords + %s", (sql, expected) => {
  expect(redactPasswords(sql)).toBe(expected);
});

test("createPostgresConnection + refuses options out of range", () => {
  expect(() => createPostgresConnection({ maxPending: 0 })).toThrow(/maxPending/);
});
