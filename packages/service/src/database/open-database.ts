import { Kysely, PostgresDialect, sql } from "kysely";
import { Pool, types } from "pg";
import { cancellablePool } from "./cancellable-pool.ts";

/** How to reach a schema. */
export interface DatabaseOptions {
  /** `postgres://role:password@host:port/database`, as `provisionSchema` returns it. */
  url: string;
  /** The search path of every connection. */
  schema: string;
  /** Connections at most. Default 10. */
  maxConnections?: number;
  /** Calls that may wait for a connection; further ones are refused with UNAVAILABLE. Default 500. */
  maxWaiting?: number;
  /** How long a call without a deadline may wait for a connection, in milliseconds. Default 5000. */
  acquireTimeoutMs?: number;
}

/** A pool of connections to one schema. */
export interface Database<DB> {
  /** The query builder. Its statements are cancelled in Postgres when the current call's signal aborts. */
  readonly db: Kysely<DB>;
  /** The bare pool, for what needs a session (LISTEN, session locks). Its statements are not cancelled. */
  readonly pool: Pool;
  /** Rejects when the database cannot be reached; for `/readyz`. */
  ping(): Promise<void>;
  /** Ends every connection, waiting for running statements. */
  close(): Promise<void>;
}

/**
 * Opens a bounded pool. `bigint` columns arrive as `bigint`, `numeric` ones as text: nothing passes through floating
 * point. Connections are made when they are needed.
 *
 * @param options see `DatabaseOptions`
 * @returns the database; the caller closes it
 */
export function openDatabase<DB>(options: DatabaseOptions): Database<DB> {
  const pool = new Pool({
    connectionString: options.url,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: options.acquireTimeoutMs ?? 5000,
    idleTimeoutMillis: 30_000,
    options: `-c search_path=${options.schema}`,
    application_name: `polywire-${options.schema}`,
    types: { getTypeParser },
  });
  // The pool has dropped the connection already; the next statement opens another one or reports the failure.
  pool.on("error", () => undefined);
  // In use, a lost connection fails the statement that runs or comes next; the event alone would end the process.
  pool.on("connect", (client) => client.on("error", () => undefined));
  const db = new Kysely<DB>({
    dialect: new PostgresDialect({ pool: cancellablePool(pool, { maxWaiting: options.maxWaiting ?? 500 }) }),
  });
  return {
    db,
    pool,
    ping: async () => {
      await sql`select 1`.execute(db);
    },
    close: () => (pool.ended ? Promise.resolve() : pool.end()),
  };
}

type Parser = (text: string) => unknown;

const parseBigints = (text: string): unknown =>
  (typeParser(INT8_ARRAY)(text) as (string | null)[]).map((entry) => (entry === null ? null : BigInt(entry)));

/** Object identifier of `int8[]`, which pg has no name for. */
const INT8_ARRAY = 1016;

/** The types that pg would give as text. */
const PARSERS: ReadonlyMap<number, Parser> = new Map<number, Parser>([
  [types.builtins.INT8, BigInt],
  [INT8_ARRAY, parseBigints],
]);

const typeParser = types.getTypeParser as (oid: number, format?: "text" | "binary") => Parser;

const getTypeParser = ((oid: number, format?: "text" | "binary") =>
  (format === "binary" ? undefined : PARSERS.get(oid)) ?? typeParser(oid, format)) as typeof types.getTypeParser;
