import { once } from "node:events";
import { connect } from "node:net";
import { type PostgresServer, startPostgres } from "@polywire/system";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  createPostgresCancels,
  createPostgresConnection,
  type PostgresEvent,
  type StatementEndEvent,
} from "../src/postgres/index.ts";
import { createTap, describeTapEvent, eventsOf, readTap } from "../src/tap/index.ts";
import { type Recorded, startRecorder } from "./support/recorder.ts";

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());

/** Runs something on a real client through a recorder, and gives what passed, one list a connection. */
async function record(talk: (client: pg.Client, connectionString: string) => Promise<void>) {
  await using recorder = await startRecorder(postgres.port);
  const url = new URL(postgres.url);
  url.port = String(recorder.port);
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await talk(client, url.href);
  await client.end();
  await recorder.clientsEnded();
  return recorder.connections;
}

function decode(recorded: readonly Recorded[], join: "start" | "middle" = "start"): PostgresEvent[] {
  const connection = createPostgresConnection({ join });
  const events = recorded.flatMap(({ from, bytes }) => [...connection.push(from, bytes)]);
  return [...events, ...connection.end("client"), ...connection.end("server")];
}

const ends = (events: readonly PostgresEvent[]) =>
  events.filter((event): event is StatementEndEvent => event.type === "statement-end");
const texts = (events: readonly PostgresEvent[]) =>
  events.flatMap((event) => (event.type === "statement" ? [`${event.protocol}: ${event.sql}`] : []));

async function talk(client: pg.Client): Promise<void> {
  await client.query("create table if not exists orders (id bigint primary key, note text)");
  await client.query("truncate orders");
  await client.query("begin");
  await client.query("create role visitor password 's3cret'");
  const insert = { name: "insert-order", text: "insert into orders values ($1, $2)" };
  for (let id = 1; id <= 3; id++) await client.query({ ...insert, values: [id, `s3cret ${id}`] });
  await client.query({ ...insert, values: [3, "again"] }).catch(() => {});
  await client.query("select 1").catch(() => {});
  await client.query("rollback");
  await client.query("insert into orders select i, 'x' from generate_series(1, 500) i; select * from orders");
  await client.query("copy orders to stdout");
  await client.query("");
  await client.query("select no_such_column from orders where id = $1", [7]).catch(() => {});
  await client.query({ text: "select id from orders where id < $1 order by id", values: [4], rowMode: "array" });
}

test("createPostgresConnection + a real client and server: every byte, every statement and how it ended", async () => {
  const [recorded = []] = await record(talk);
  const events = decode(recorded);
  expect(events.filter(({ type }) => type === "error")).toEqual([]);
  for (const side of ["client", "server"] as const) {
    const sent = recorded.reduce((sum, part) => sum + (part.from === side ? part.bytes.length : 0), 0);
    const shown = events.flatMap((event) => (event.type === "message" && event.from === side ? [event.wireBytes] : []));
    expect(shown.reduce((sum, bytes) => sum + bytes, 0)).toBe(sent);
  }
  const insert = "extended: insert into orders values ($1, $2)";
  expect(texts(events)).toEqual([
    "simple: create table if not exists orders (id bigint primary key, note text)",
    "simple: truncate orders",
    "simple: begin",
    "simple: create role visitor password [redacted]",
    ...Array.from({ length: 4 }, () => insert),
    "simple: select 1",
    "simple: rollback",
    "simple: insert into orders select i, 'x' from generate_series(1, 500) i; select * from orders",
    "simple: copy orders to stdout",
    "simple: ",
    "extended: select no_such_column from orders where id = $1",
    "extended: select id from orders where id < $1 order by id",
  ]);
  expect(ends(events).map(({ outcome, tags, rows, error }) => [outcome, error?.sqlstate ?? tags.join(), rows])).toEqual(
    [
      ["complete", "CREATE TABLE", 0],
      ["complete", "TRUNCATE TABLE", 0],
      ["complete", "BEGIN", 0],
      ["complete", "CREATE ROLE", 0],
      ...Array.from({ length: 3 }, () => ["complete", "INSERT 0 1", 0]),
      ["error", "23505", 0],
      ["error", "25P02", 0],
      ["complete", "ROLLBACK", 0],
      ["complete", "INSERT 0 500,SELECT 500", 500],
      ["complete", "COPY 500", 0],
      ["empty", "", 0],
      ["error", "42703", 0],
      ["complete", "SELECT 3", 3],
    ],
  );
  expect(ends(events)[11]?.copyBytes).toBeGreaterThan(500 * 5);
  const transactions = events.flatMap((event) =>
    event.type === "message" && event.message.name === "ReadyForQuery" ? [event.message.transaction] : [],
  );
  expect(transactions).toEqual([
    ...["idle", "idle", "idle", "open", "open", "open", "open", "open", "failed", "failed"],
    ...Array.from({ length: 6 }, () => "idle"),
  ]);
  const shown = JSON.stringify(events);
  expect(shown).not.toContain("s3cret");
  expect(shown).not.toContain(new URL(postgres.url).password);
});

/** Runs a statement that never ends, and cancels it by a CancelRequest to the port once the server runs it. */
async function sleepAndCancel(client: pg.Client, port: number): Promise<void> {
  const sleeping = client.query("select pg_sleep(60)").catch((error: { code: string }) => error.code);
  await using watcher = Object.assign(new pg.Client({ connectionString: postgres.url }), {
    async [Symbol.asyncDispose]() {
      await watcher.end();
    },
  });
  await watcher.connect();
  const isSleeping = "select count(*)::int as n from pg_stat_activity where wait_event = 'PgSleep'";
  while ((await watcher.query(isSleeping)).rows[0].n === 0);
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  const request = Buffer.alloc(16);
  for (const [index, value] of [16, 80_877_102, processID, secretKey].entries()) {
    request.writeInt32BE(value, 4 * index);
  }
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.end(request);
  await once(socket, "close");
  expect(await sleeping).toBe("57014");
}

test("createPostgresConnection + a real cancellation is matched to the statement that it ends", async () => {
  const connections = await record(async (client, connectionString) => {
    await sleepAndCancel(client, Number(new URL(connectionString).port));
    await client.query("set statement_timeout = 20");
    await client.query("select pg_sleep(60)").catch(() => {});
  });
  expect(connections).toHaveLength(2);
  const cancels = createPostgresCancels();
  const views = connections.map((_, connection) => createPostgresConnection({ connection, cancels }));
  // The relay keeps one list a connection; the cancellation passed while the first statement ran.
  const [main = [], cancelling = []] = connections;
  const at = main.findIndex(({ bytes }) => Buffer.from(bytes).includes("pg_sleep")) + 1;
  const feed = (view: number, parts: readonly Recorded[]) =>
    parts.flatMap(({ from, bytes }) => [...(views[view]?.push(from, bytes) ?? [])]);
  const events = [...feed(0, main.slice(0, at)), ...feed(1, cancelling), ...feed(0, main.slice(at))];
  const { processId } = events.flatMap((event) =>
    event.type === "message" && event.message.name === "BackendKeyData" ? [event.message] : [],
  )[0] ?? { processId: -1 };
  expect(events.filter(({ type }) => type === "cancel-request")).toEqual([
    { type: "cancel-request", processId, matches: true, target: { connection: 0, statement: 0 } },
  ]);
  expect(ends(events)).toMatchObject([
    { id: 0, outcome: "cancelled", cancelRequested: true, error: { sqlstate: "57014" } },
    { id: 1, outcome: "complete" },
    { id: 2, outcome: "cancelled", cancelRequested: false, error: { sqlstate: "57014" } },
  ]);
});

test("createPostgresConnection + joining a real conversation in the middle gives its last statements", async () => {
  const [recorded = []] = await record(talk);
  const truth = ends(decode(recorded)).map(({ outcome, tags, rows }) => ({ outcome, tags, rows }));
  let found = 0;
  for (let start = 1; start < recorded.length; start++) {
    const [first, ...rest] = recorded.slice(start) as [Recorded, ...Recorded[]];
    const late = decode([{ ...first, bytes: first.bytes.subarray(start % first.bytes.length) }, ...rest], "middle");
    expect(late.filter(({ type }) => type === "error")).toEqual([]);
    const seen = ends(late).map(({ outcome, tags, rows }) => ({ outcome, tags, rows }));
    expect(truth.slice(truth.length - seen.length)).toEqual(seen);
    found += seen.length;
  }
  expect(found).toBeGreaterThan(20);
});

test("createTap + shows statements as they begin and end, whom a CancelRequest ends, and no value", async () => {
  const upstream = { host: "127.0.0.1", port: postgres.port };
  await using tap = await createTap({ upstream });
  const url = new URL(postgres.url);
  url.port = String(tap.address.port);
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await client.query("select $1::text as note from generate_series(1, 3)", ["s3cret"]);
  await client.query("select $1::int", ["s3cret 1"]).catch(() => undefined);
  await client.query("listen news");
  await client.query("select pg_notify('news', $1)", ["s3cret 2"]);
  await sleepAndCancel(client, tap.address.port);
  const broken = client.query("select pg_sleep(60)").catch(() => undefined);
  await tap.until(({ layer, event }) => layer === "postgres" && event.type === "statement" && event.id === 5);
  client.on("error", () => undefined);
  await tap.close();
  await broken;

  const { connections, statements } = readTap(tap);
  expect(statements).toMatchObject([
    { connection: 1, id: 0, protocol: "extended", outcome: "complete", rows: 3, cancelRequested: false },
    { sql: "select $1::int", outcome: "error" },
    { sql: "listen news", outcome: "complete" },
    { sql: "select pg_notify('news', $1)", outcome: "complete" },
    { sql: "select pg_sleep(60)", outcome: "cancelled", cancelRequested: true },
    { sql: "select pg_sleep(60)", outcome: "cut", cancelRequested: false },
  ]);
  for (const { startedAtMs, endedAtMs } of statements) expect(endedAtMs).toBeGreaterThan(startedAtMs);
  expect(connections).toMatchObject([
    { protocol: "postgres", frames: { client: { Query: 3, Execute: 3 }, server: { DataRow: 4, ErrorResponse: 2 } } },
    { protocol: "postgres", frames: { client: { CancelRequest: 1 }, server: {} } },
  ]);
  const requests = eventsOf(tap.events(), "postgres", "cancel-request");
  expect(requests).toMatchObject([
    { connection: 2, event: { matches: true, target: { connection: 1, statement: 4 } } },
  ]);
  const shown = JSON.stringify(tap.events().map(describeTapEvent));
  expect(shown).toContain("select $1::text as note");
  expect(shown).toContain('invalid input syntax for type integer: \\"[redacted, 8 characters]\\"');
  expect(shown).toContain('"channel":"news","payload":"[redacted, 8 characters]"');
  expect(shown).not.toContain("s3cret");
  expect(shown).not.toContain(url.password);
});
