import { join } from "node:path";
import pg from "pg";
import { expect, test } from "vitest";
import { startPostgres } from "../src/index.ts";
import { isRunning } from "../src/process/process-identity.ts";
import { temporaryFolder, waitUntil } from "./support.ts";

async function query<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

test("startPostgres without options serves UTF-8 and leaves nothing behind when closed", async () => {
  const server = await startPostgres();
  const rows = await query(server.url, "show server_encoding");
  const { pids } = server;
  expect(rows).toEqual([{ server_encoding: "UTF8" }]);
  expect(pids.length).toBeGreaterThan(1);
  await server.close();
  expect(server.pids.filter(isRunning)).toEqual([]);
  expect(pids.filter(isRunning)).toEqual([]);
});

test("startPostgres keeps a data folder over a restart", async () => {
  await using folder = await temporaryFolder();
  const dataDir = join(folder.path, "deep", "postgres");
  {
    await using server = await startPostgres({ dataDir });
    await query(server.url, "create table kept as select 'ü' as word");
  }
  await using again = await startPostgres({ dataDir });
  expect(await query(again.url, "select word from kept")).toEqual([{ word: "ü" }]);
});

test("startPostgres recovers a data folder whose server was killed with SIGKILL", async () => {
  await using folder = await temporaryFolder();
  const dataDir = join(folder.path, "postgres");
  const killed = await startPostgres({ dataDir });
  await query(killed.url, "create table kept as select 1 as one");
  const [postmaster = 0] = killed.pids;
  process.kill(postmaster, "SIGKILL");
  await expect(killed.failure).rejects.toThrow(/postgres ended by SIGKILL/);
  await using again = await startPostgres({ dataDir });
  expect(await query(again.url, "select one from kept")).toEqual([{ one: 1 }]);
});

test("PostgresServer.close ends open sessions and shuts down in order", async () => {
  const lines: string[] = [];
  const server = await startPostgres({ log: ({ text }) => lines.push(text) });
  const client = new pg.Client({ connectionString: server.url });
  const errors: string[] = [];
  client.on("error", (error) => errors.push(error.message));
  await client.connect();
  await server.close();
  await waitUntil(() => errors.includes("terminating connection due to administrator command"));
  expect(lines.at(-1)).toContain("database system is shut down");
});

test("startPostgres refuses a data folder that another server has open", async () => {
  await using folder = await temporaryFolder();
  const dataDir = join(folder.path, "postgres");
  await using _first = await startPostgres({ dataDir });
  await expect(startPostgres({ dataDir, startTimeoutMs: 500 })).rejects.toThrow(/has .*postgres open/);
});

test("startPostgres that is aborted leaves no folder and no process", async () => {
  await using folder = await temporaryFolder();
  const dataDir = join(folder.path, "postgres");
  const abort = new AbortController();
  const starting = startPostgres({ dataDir, signal: abort.signal });
  await waitUntil(async () => (await folder.list()).length > 0);
  abort.abort(new Error("Ctrl-C"));
  await expect(starting).rejects.toThrow("Ctrl-C");
  expect(await folder.list()).toEqual([]);
});

test("startPostgres says which port is taken", async () => {
  await using first = await startPostgres();
  await expect(startPostgres({ port: first.port })).rejects.toThrow(`port ${first.port} on 127.0.0.1 is taken`);
});

test("startPostgres uses a server that somebody else runs and leaves it alone", async () => {
  await using server = await startPostgres();
  const borrowed = await startPostgres({ url: server.url });
  expect(borrowed.pids).toEqual([]);
  await borrowed.close();
  expect(await query(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
});
