import { chown, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import pg from "pg";
import { findPostgres } from "../parts/find-postgres.ts";
import { guardedFolder } from "../process/guarded-folder.ts";
import type { LogSink } from "../process/log-lines.ts";
import { processFamily } from "../process/process-identity.ts";
import { DEFAULT_READY_TIMEOUT_MS, waitUntilReady } from "../process/readiness.ts";
import { type SupervisedProcess, startProcess } from "../process/supervised-process.ts";
import { sharedWatchdog } from "../process/watchdog.ts";
import { choosePostgresAccount, PATH_ONLY, type PostgresAccount } from "./postgres-account.ts";
import { POSTGRES_USER, preparePostgresData } from "./postgres-data.ts";
import { type RunningServer, serverOf, startOnFreePort } from "./server.ts";

/** How Postgres is started. Without any option: an empty server on a free port, gone when closed. */
export interface PostgresOptions {
  /** A server that somebody else runs: nothing is started, and `close` leaves it alone. */
  readonly url?: string;
  /** Where the data is kept; made when it is not there. Default: a temporary folder that `close` removes. */
  readonly dataDir?: string;
  /** TCP port on 127.0.0.1. Default 0: any. */
  readonly port?: number;
  /** Bound of connections, each a process. Default 100. */
  readonly maxConnections?: number;
  /** Takes every line the server writes. */
  readonly log?: LogSink;
  /** Default 30 000. */
  readonly startTimeoutMs?: number;
  /** Gives up and leaves nothing running. */
  readonly signal?: AbortSignal;
}

/** A Postgres server: `url` is that of its superuser, for the database `postgres`. */
export type PostgresServer = RunningServer;

/** Starts the real Postgres and resolves when it takes queries. Rejects with its log when it cannot. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { dataDir, maxConnections = 100, signal } = options;
  if (!Number.isInteger(maxConnections) || maxConnections < 10 || maxConnections > 1_000) {
    throw new RangeError(`maxConnections must be a whole number from 10 to 1000, not ${maxConnections}`);
  }
  const found = await findPostgres(options.url === undefined ? {} : { postgresUrl: options.url });
  if (!found.found) throw new Error(`Postgres cannot be started: ${found.reason}; ${found.howTo}`);
  if (found.url !== undefined) return serverOf({ url: found.url, port: Number(new URL(found.url).port || 5432) });
  const program = found.path ?? "";
  const account = await choosePostgresAccount();
  const ephemeral = dataDir === undefined;
  const temporary = ephemeral ? await temporaryFolder(account) : undefined;
  const folder = temporary === undefined ? resolve(dataDir ?? "") : join(temporary, "data");
  const removeTemporary = async (): Promise<void> => {
    if (temporary === undefined) return;
    await rm(temporary, { recursive: true, force: true });
    sharedWatchdog().forgetFolder(temporary);
  };
  try {
    const handoverTimeoutMs = options.startTimeoutMs ?? DEFAULT_READY_TIMEOUT_MS;
    const password = await preparePostgresData(folder, { program, account, ephemeral, handoverTimeoutMs, signal });
    const settings = serverSettings(maxConnections, ephemeral);
    return await startOnFreePort(options.port ?? 0, async (port) => {
      const [command = "", ...args] = [...account.prefix, program, "-D", folder, "-p", String(port), ...settings];
      const child = await startProcess({
        name: "postgres",
        command,
        args,
        environment: { ...PATH_ONLY, TZ: "UTC" },
        // Fast shutdown: sessions are ended, everything is flushed. SIGTERM would wait for the sessions.
        stopSignal: "SIGINT",
        ...(account.user === undefined ? {} : { user: account.user }),
        ...(options.log === undefined ? {} : { log: options.log }),
      });
      const url = `postgres://${POSTGRES_USER}:${password}@127.0.0.1:${port}/postgres`;
      await readyOrStopped(child, url, options);
      return serverOf({ url, port, process: child, pids: () => processFamily(child.pid), afterStop: removeTemporary });
    });
  } catch (error) {
    await removeTemporary();
    throw error;
  }
}

async function readyOrStopped(child: SupervisedProcess, url: string, options: PostgresOptions): Promise<void> {
  const { startTimeoutMs: timeoutMs, signal } = options;
  try {
    await waitUntilReady(child, () => takesQueries(url), { timeoutMs, signal });
  } catch (error) {
    await child.stop();
    throw error;
  }
}

async function takesQueries(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("select 1");
    return true;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Small: the whole system is meant to idle in a few hundred megabytes. */
function serverSettings(maxConnections: number, ephemeral: boolean): readonly string[] {
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: maxConnections,
    shared_buffers: "32MB",
    wal_buffers: "1MB",
    max_wal_size: "256MB",
    work_mem: "4MB",
    maintenance_work_mem: "16MB",
    max_worker_processes: 2,
    max_parallel_workers_per_gather: 0,
    autovacuum_worker_slots: 2,
    autovacuum_max_workers: 1,
    max_wal_senders: 0,
    wal_level: "minimal",
    // No separate I/O worker processes.
    io_method: "sync",
    jit: "off",
    timezone: "UTC",
    log_timezone: "UTC",
    ...(ephemeral ? { fsync: "off", synchronous_commit: "off", full_page_writes: "off" } : {}),
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

async function temporaryFolder({ user }: PostgresAccount): Promise<string> {
  const folder = await guardedFolder("polywire-postgres-");
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  return folder;
}
