import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "@polywire/service";
import { inject } from "vitest";
import type { RunDocument } from "../../src/system/discovery.ts";
import { homePaths } from "../../src/system/home.ts";

/** The superuser's eye on the Postgres of the shared system, and a hand that can hold it up. */
export interface WatchedPostgres extends AsyncDisposable {
  /** How many statements like this pattern wait for a lock at this moment. */
  waiting(pattern: string): Promise<number>;
  /** Runs `work` while nobody can touch the table: statements on it are slow for as long. */
  whileLocked(table: string, work: () => Promise<void>): Promise<void>;
  rows(statement: string, parameters: readonly unknown[]): Promise<number>;
}

/**
 * Logs in with the password that lies beside the data, or to the server that the environment names. `home` is the folder of
 * the system, by default of the shared one.
 */
export function watchPostgres(home = inject("systemHome")): WatchedPostgres {
  const database = openDatabase<unknown>({ url: adminUrl(home), schema: "public", maxConnections: 2 });
  const rows = async (statement: string, parameters: readonly unknown[]): Promise<number> =>
    (await database.pool.query(statement, [...parameters])).rowCount ?? 0;
  return {
    rows,
    waiting: (pattern) =>
      rows("SELECT FROM pg_stat_activity WHERE state = 'active' AND wait_event_type = 'Lock' AND query ILIKE $1", [
        pattern,
      ]),
    async whileLocked(table, work) {
      const holder = await database.pool.connect();
      try {
        await holder.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
        await work();
      } finally {
        await holder.query("ROLLBACK");
        holder.release();
      }
    },
    [Symbol.asyncDispose]: () => database.close(),
  };
}

function adminUrl(home: string): string {
  const given = process.env.POLYWIRE_POSTGRES_URL;
  if (given) return given;
  const paths = homePaths(home);
  const password = readFileSync(join(paths.data, "postgres/polywire-password"), "utf8").trim();
  const { postgres } = JSON.parse(readFileSync(paths.run, "utf8")) as RunDocument;
  return `postgres://polywire:${password}@${postgres}/postgres`;
}
