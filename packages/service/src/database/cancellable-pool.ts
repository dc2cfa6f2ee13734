import { setTimeout } from "node:timers/promises";
import { rpcError } from "@polywire/rpc";
import type { PostgresPool, PostgresPoolClient } from "kysely";
import type { Pool, PoolClient } from "pg";
import { sendCancelRequest } from "./cancel-request.ts";
import { currentSignal } from "./current-signal.ts";
import { lostConnection } from "./lost-connection.ts";

/** How long Postgres may take to end a cancelled statement before its connection is given up. */
const CANCEL_GRACE_MS = 2000;

/** How long a delivered cancel may take before it counts as ignored. */
const CANCEL_REPEAT_MS = 50;

/** They end a transaction: left out, they would leave its locks behind. */
const MUST_RUN = /^(commit|rollback)\b/i;

/** They are short, and one that took effect although it was cancelled would leave a transaction open behind kysely's back. */
const BEGINS = /^(begin|start transaction)\b/i;

/** What `cancellablePool` bounds. */
export interface CancellablePoolOptions {
  /** How many calls may wait for a connection; a further one is refused. */
  maxWaiting: number;
}

/**
 * A pool for kysely whose statements obey the current signal, without anybody passing it.
 *
 * kysely can cancel by itself (`inflightQueryAbortStrategy: "cancel query"`), but it does not wait for the cancel: in a
 * transaction the rollback that follows makes it skip the cancel, or be hit by it. Here an aborted statement settles
 * only when Postgres has ended it and the cancel has been delivered, so nothing later can be hit, and the connection
 * goes back to the pool idle.
 *
 * @param pool the real pool
 * @param options see `CancellablePoolOptions`
 * @returns what kysely's `PostgresDialect` takes
 */
export function cancellablePool(pool: Pool, options: CancellablePoolOptions): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      const signal = currentSignal();
      signal?.throwIfAborted();
      if (pool.waitingCount >= options.maxWaiting) {
        throw rpcError("UPSTREAM_UNAVAILABLE", "too many calls wait for the database; try again later");
      }
      return cancellableClient(await acquire(pool, signal));
    },
  };
}

async function acquire(pool: Pool, signal: AbortSignal | undefined): Promise<PoolClient> {
  const acquiring = pool.connect().catch((cause: unknown) => {
    throw rpcError("UPSTREAM_UNAVAILABLE", "the database cannot be reached; try again later", { cause });
  });
  if (signal === undefined) return await acquiring;
  const aborted = abortOf(signal);
  try {
    return await Promise.race([acquiring, aborted.promise]);
  } catch (error) {
    // A connection that comes too late goes straight back.
    acquiring.then((client) => client.release()).catch(() => undefined);
    throw error;
  } finally {
    aborted.stop();
  }
}

function cancellableClient(client: PoolClient): PostgresPoolClient {
  let broken = false;
  const query = async (sql: string, parameters: readonly unknown[]): Promise<unknown> => {
    const signal = MUST_RUN.test(sql) ? undefined : currentSignal();
    signal?.throwIfAborted();
    const running = client.query(sql, [...parameters]).catch((error: unknown) => {
      const lost = lostConnection(error);
      broken ||= lost !== undefined;
      throw lost ?? error;
    });
    if (signal === undefined || BEGINS.test(sql)) return await running;
    const outcome = await settledOrAborted(running, signal);
    if (outcome === "settled") return await running;
    broken = !(await cancelled(client, running));
    throw signal.reason;
  };
  return {
    query: query as PostgresPoolClient["query"],
    release: (destroy) => client.release(destroy === true || broken),
  };
}

/**
 * Cancels until the statement has ended; false when the connection's state is not known afterwards. Repeated, because
 * Postgres ignores a cancel that comes before it has begun with the statement.
 */
async function cancelled(client: PoolClient, running: Promise<unknown>): Promise<boolean> {
  const { processID, secretKey } = client as PoolClient & { processID: number; secretKey: number };
  const target = { host: client.host, port: client.port, processId: processID, secretKey };
  const ended = running.then(
    () => true,
    () => true,
  );
  const giveUpAtMs = performance.now() + CANCEL_GRACE_MS;
  for (let leftMs = CANCEL_GRACE_MS; leftMs > 0; leftMs = giveUpAtMs - performance.now()) {
    try {
      await sendCancelRequest(target, leftMs);
    } catch {
      return false;
    }
    if (await Promise.race([ended, setTimeout(CANCEL_REPEAT_MS, false)])) return true;
  }
  return false;
}

async function settledOrAborted(running: Promise<unknown>, signal: AbortSignal): Promise<"settled" | "aborted"> {
  const aborted = abortOf(signal);
  try {
    return await Promise.race([
      running.then(
        () => "settled" as const,
        () => "settled" as const,
      ),
      aborted.promise.catch(() => "aborted" as const),
    ]);
  } finally {
    aborted.stop();
  }
}

function abortOf(signal: AbortSignal): { promise: Promise<never>; stop: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const listener = (): void => reject(signal.reason);
  if (signal.aborted) listener();
  signal.addEventListener("abort", listener, { once: true });
  return { promise, stop: () => signal.removeEventListener("abort", listener) };
}
