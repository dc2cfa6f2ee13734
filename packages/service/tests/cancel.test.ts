import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { ConnectError } from "@connectrpc/connect";
import { codeName } from "@polywire/rpc";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openDatabase, withSignal } from "../src/index.ts";
import { startTestDatabase, type TestDatabase } from "./postgres.ts";

let postgres: TestDatabase;

beforeAll(async () => {
  postgres = await startTestDatabase("cancelling");
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
});

function open(maxConnections = 1, maxWaiting = 10): Database<unknown> & AsyncDisposable {
  const database = openDatabase<unknown>({ url: postgres.url, schema: "cancelling", maxConnections, maxWaiting });
  return { ...database, [Symbol.asyncDispose]: () => database.close() };
}

async function runningStatements(pattern: string): Promise<number> {
  const { rows } = await sql<{ running: bigint }>`
    select count(*) as running from pg_stat_activity
    where usename = 'cancelling' and state = 'active' and query like ${pattern}`.execute(postgres.admin.db);
  return Number(rows[0]?.running);
}

async function untilRunning(pattern: string): Promise<void> {
  await expect.poll(() => runningStatements(pattern), { interval: 5, timeout: 5000 }).toBe(1);
}

test("openDatabase ends the statement in Postgres when the signal aborts, and rejects with the signal's reason", async () => {
  await using database = open();
  const controller = new AbortController();
  const reason = new Error("the caller has gone");
  const outcome = withSignal(controller.signal, () => sql`select pg_sleep(60), 'a'`.execute(database.db)).then(
    () => "finished",
    (error: unknown) => error,
  );
  await untilRunning("%pg_sleep(60), 'a'%");
  controller.abort(reason);
  expect(await outcome).toBe(reason);
  // On the same connection: the session is idle again, with nothing left behind.
  await database.ping();
  expect(await runningStatements("%pg_sleep(60), 'a'%")).toBe(0);
});

test("openDatabase cancels inside a transaction, rolls it back and gives its locks up", async () => {
  await using database = open();
  await sql`create table account (id int primary key, amount bigint not null)`.execute(database.db);
  await sql`insert into account values (1, 10)`.execute(database.db);
  const controller = new AbortController();
  const outcome = withSignal(controller.signal, () =>
    database.db.transaction().execute(async (transaction) => {
      await sql`update account set amount = 0 where id = 1`.execute(transaction);
      await sql`select pg_sleep(60), 'b'`.execute(transaction);
    }),
  ).then(
    () => "finished",
    () => "rejected",
  );
  await untilRunning("%pg_sleep(60), 'b'%");
  controller.abort();
  expect(await outcome).toBe("rejected");
  // On the same connection: the session is idle again, with nothing left behind.
  await database.ping();
  expect(await runningStatements("%pg_sleep(60), 'b'%")).toBe(0);
  const { rows } = await sql`select amount from account where id = 1 for update nowait`.execute(database.db);
  expect(rows).toEqual([{ amount: 10n }]);
});

test("openDatabase never lets a late cancel hit the next statement of the connection", async () => {
  await using database = open();
  // Statements that end at about the moment of the abort: the cancel races with the end and must hit nothing else.
  for (let round = 0; round < 200; round++) {
    const controller = new AbortController();
    const aborted = withSignal(controller.signal, () => sql`select pg_sleep(0.002)`.execute(database.db));
    setTimeout(() => controller.abort(), 2 + (round % 3));
    await aborted.catch(() => undefined);
    await sql`select pg_sleep(0.001)`.execute(database.db);
  }
});

test.skipIf(process.platform !== "linux")(
  "openDatabase cancels again when the first cancel came before Postgres had begun with the statement",
  async () => {
    await using database = open();
    const session = await database.pool.connect();
    const { rows } = await session.query<{ pid: number }>("select pg_backend_pid() as pid");
    session.release();
    const pid = rows[0]?.pid ?? 0;
    // The backend sleeps while statement and cancel arrive; when it wakes up it meets the cancel first.
    process.kill(pid, "SIGSTOP");
    const controller = new AbortController();
    const outcome = withSignal(controller.signal, () => sql`select pg_sleep(60), 'd'`.execute(database.db));
    const settled = outcome.catch(() => undefined);
    await setImmediate();
    controller.abort();
    await expect.poll(() => hasPendingCancel(pid), { interval: 1 }).toBe(true);
    process.kill(pid, "SIGCONT");
    await settled;
    // It is the same backend still: the connection was not given up.
    expect((await sql`select pg_backend_pid() as pid`.execute(database.db)).rows).toEqual([{ pid }]);
  },
);

test.skipIf(process.platform !== "linux")(
  "openDatabase leaves no transaction open on a connection when the signal aborts while it begins",
  async () => {
    await using database = open();
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(database.db);
    const pid = rows[0]?.pid ?? 0;
    process.kill(pid, "SIGSTOP");
    const controller = new AbortController();
    const beginning = withSignal(controller.signal, () =>
      database.db.transaction().execute((transaction) => sql`select 1`.execute(transaction)),
    );
    const settled = beginning.catch(() => undefined);
    await setImmediate();
    controller.abort();
    process.kill(pid, "SIGCONT");
    await settled;
    const transactionId = sql<{ id: string }>`select pg_current_xact_id()::text as id, pg_backend_pid() as pid`;
    const first = (await transactionId.execute(database.db)).rows;
    const second = (await transactionId.execute(database.db)).rows;
    // The same connection, and each statement in a transaction of its own.
    expect(first).toMatchObject([{ pid }]);
    expect(second).not.toEqual(first);
  },
);

/** Whether SIGINT, by which Postgres cancels, waits for a process. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function hasPendingCancel(pid: number): boolean {
  const [, pending = "0"] = /^ShdPnd:\s*(\w+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return (BigInt(`0x${pending}`) & 2n) !== 0n;
}

test("openDatabase refuses a statement whose signal has aborted before it starts", async () => {
  await using database = open();
  const reason = new Error("too late");
  const late = withSignal(AbortSignal.abort(reason), () => sql`select 1`.execute(database.db));
  await expect(late).rejects.toBe(reason);
  expect(database.pool.totalCount).toBe(0);
});

test("openDatabase stops waiting for a connection when the signal aborts, and loses no connection by it", async () => {
  await using database = open();
  const holder = await database.pool.connect();
  const controller = new AbortController();
  const waiting = withSignal(controller.signal, () => sql`select 1`.execute(database.db));
  await expect.poll(() => database.pool.waitingCount, { interval: 1 }).toBe(1);
  controller.abort(new Error("deadline"));
  await expect(waiting).rejects.toThrow("deadline");
  holder.release();
  expect((await sql`select 7 as seven`.execute(database.db)).rows).toEqual([{ seven: 7 }]);
});

test("openDatabase refuses with UNAVAILABLE when too many calls wait for a connection", async () => {
  await using database = open(1, 1);
  const holder = await database.pool.connect();
  const waiting = sql`select 1`.execute(database.db);
  await expect.poll(() => database.pool.waitingCount, { interval: 1 }).toBe(1);
  await expect(sql`select 2`.execute(database.db)).rejects.toThrow("too many calls wait for the database");
  holder.release();
  await waiting;
});

test("openDatabase says UNAVAILABLE, not an internal error, when the server cannot be reached", async () => {
  await using database = openUnreachable();
  await expect(database.ping()).rejects.toThrow("the database cannot be reached");
});

test("openDatabase survives a lost connection: UNAVAILABLE for the statement that runs, then a new connection", async () => {
  await using database = open();
  const outcome = sql`select pg_sleep(60), 'c'`.execute(database.db).catch((error: unknown) => error);
  await untilRunning("%pg_sleep(60), 'c'%");
  await terminateBackends();
  expect(codeName(ConnectError.from(await outcome).code)).toBe("UNAVAILABLE");
  await database.ping();
});

test("openDatabase survives a connection that is lost between two statements of a transaction", async () => {
  await using database = open();
  const outcome = database.db
    .transaction()
    .execute(async (transaction) => {
      await sql`select 1`.execute(transaction);
      await terminateBackends();
      await sql`select 2`.execute(transaction);
    })
    .catch((error: unknown) => error);
  expect(codeName(ConnectError.from(await outcome).code)).toBe("UNAVAILABLE");
  await database.ping();
});

/** Ends every session of the schema's role, and waits until they are gone. */
async function terminateBackends(): Promise<void> {
  await sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'cancelling'`.execute(
    postgres.admin.db,
  );
}

function openUnreachable(): Database<unknown> & AsyncDisposable {
  const database = openDatabase<unknown>({ url: "postgres://nobody:secret@127.0.0.1:1/none", schema: "none" });
  return { ...database, [Symbol.asyncDispose]: () => database.close() };
}
