import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, migrate, openDatabase, provisionSchema, type SchemaMigration } from "../src/index.ts";
import { startTestDatabase, type TestDatabase } from "./postgres.ts";

let postgres: TestDatabase;

beforeAll(async () => {
  postgres = await startTestDatabase("first");
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
});

async function openSchema(schema: string): Promise<Database<unknown> & AsyncDisposable> {
  const url = await provisionSchema({ adminUrl: postgres.server.url, name: schema });
  const database = openDatabase<unknown>({ url, schema, maxConnections: 4 });
  return { ...database, [Symbol.asyncDispose]: () => database.close() };
}

const createCounter: SchemaMigration = {
  name: "0001-counter",
  up: async (db) => {
    await sql`create table counter (id int primary key, hits bigint not null)`.execute(db);
    await sql`insert into counter values (1, 0)`.execute(db);
  },
};
const countUp: SchemaMigration = {
  name: "0002-count-up",
  up: async (db) => {
    await sql`update counter set hits = hits + 1`.execute(db);
  },
};

test("migrate runs each migration once when several instances start at once", async () => {
  await using database = await openSchema("migrated");
  await using second = await openSchema("migrated");
  const options = { schema: "migrated", migrations: [createCounter, countUp] };
  const ran = await Promise.all([database, second, database, second].map(({ db }) => migrate({ ...options, db })));
  expect(ran.flat().sort()).toEqual(["0001-counter", "0002-count-up"]);
  expect(await migrate({ ...options, db: database.db })).toEqual([]);
  expect((await sql`select hits from counter`.execute(database.db)).rows).toEqual([{ hits: 1n }]);
});

test("migrate leaves nothing behind when one migration fails, and says which", async () => {
  await using database = await openSchema("broken");
  const broken: SchemaMigration = {
    name: "0002-broken",
    up: async (db) => void (await sql`select nonsense`.execute(db)),
  };
  const failing = migrate({ db: database.db, schema: "broken", migrations: [createCounter, broken] });
  await expect(failing).rejects.toThrow(/migration 0002-broken of broken failed: .*nonsense/);
  await expect(sql`select * from counter`.execute(database.db)).rejects.toThrow("does not exist");
  expect(await migrate({ db: database.db, schema: "broken", migrations: [createCounter] })).toEqual(["0001-counter"]);
});

test("migrate refuses names that are not in order, and a schema newer than the program", async () => {
  await using database = await openSchema("ordered");
  const disordered = migrate({ db: database.db, schema: "ordered", migrations: [countUp, createCounter] });
  await expect(disordered).rejects.toThrow("0001-counter of ordered must sort after");
  await migrate({ db: database.db, schema: "ordered", migrations: [createCounter, countUp] });
  const older = migrate({ db: database.db, schema: "ordered", migrations: [createCounter] });
  await expect(older).rejects.toThrow("0002-count-up");
});

test("provisionSchema gives the same URL to several callers at once, and a role that sees no other schema", async () => {
  const adminUrl = postgres.server.url;
  const urls = await Promise.all(Array.from({ length: 4 }, () => provisionSchema({ adminUrl, name: "second" })));
  expect(new Set(urls).size).toBe(1);
  await using first = await openSchema("first");
  await sql`create table secret (id int)`.execute(first.db);
  await using second = await openSchema("second");
  await expect(sql`select * from first.secret`.execute(second.db)).rejects.toThrow("permission denied");
  await expect(sql`create table public.stray (id int)`.execute(second.db)).rejects.toThrow("permission denied");
});

test("provisionSchema refuses a name that is no plain identifier", async () => {
  const injected = provisionSchema({ adminUrl: postgres.server.url, name: 'x"; drop role first' });
  await expect(injected).rejects.toThrow("cannot name a schema");
});

test("openDatabase gives int8 and int8[] as bigint and numeric as text, beyond the safe integers", async () => {
  await using database = await openSchema("types");
  const { rows } = await sql`
    select 9007199254740993::int8 as big, array[9007199254740993, null]::int8[] as bigs,
           12345678901234567890.12::numeric as amount, ${9007199254740995n}::int8 as parameter`.execute(database.db);
  expect(rows).toEqual([
    {
      big: 9007199254740993n,
      bigs: [9007199254740993n, null],
      amount: "12345678901234567890.12",
      parameter: 9007199254740995n,
    },
  ]);
});

test("openDatabase never opens more connections than it may", async () => {
  await using database = await openSchema("bounded");
  await Promise.all(Array.from({ length: 40 }, () => sql`select pg_sleep(0.005)`.execute(database.db)));
  expect(database.pool.totalCount).toBe(4);
});
