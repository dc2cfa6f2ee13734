import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase } from "@polywire/service";
import type { RunningSystem } from "../../system/running-system.ts";
import { machineMs } from "../../tap/hop-event.ts";

/** The statement that inventory runs for a quote. */
const READ_STOCK = `select "sku", "on_hand", "reserved" from "stock" where "sku" = any($1)`;

/** Postgres as its superuser: makes the statement behind a quote slow, and sees what becomes of it. */
export interface StockDatabase extends AsyncDisposable {
  /** Nobody reads the stock until the lock is disposed (again does nothing): slow SQL without a sleep in the product. */
  lockStock(): Promise<AsyncDisposable>;
  /** Follows the one such statement that waits for the lock. */
  followStatement(): FollowedStatement;
  /** Runs the same statement by a driver that is not told of cancellation. */
  readStock(): Promise<unknown>;
  /** Statements that Postgres says it has cancelled at somebody's request, since the start. */
  cancelled(): number;
  /** Orders and reservations there are. */
  effects(): Promise<number>;
}

/** What is seen of a statement in pg_stat_activity, again and again. Disposing stops looking. */
export interface FollowedStatement extends AsyncDisposable {
  /** When it was first seen and when it was seen for the last time, on the clock of `machineMs`; `null`: never. */
  readonly firstAtMs: number | null;
  readonly lastAtMs: number | null;
  /** Whether it was there when looked last. */
  readonly isActive: boolean;
}

const LOOK_MS = 5;

/** Opens it for a running system. */
export function openStockDatabase(system: Pick<RunningSystem, "postgresUrl" | "onLog">): StockDatabase {
  const { pool, close } = openDatabase<unknown>({ url: system.postgresUrl, schema: "inventory", maxConnections: 4 });
  let cancelled = 0;
  const stop = system.onLog(({ process, text }) => {
    if (process === "postgres" && text.includes("canceling statement due to user request")) cancelled += 1;
  });
  const waiting = async (): Promise<boolean> => {
    const { rowCount } = await pool.query(
      `SELECT FROM pg_stat_activity WHERE state = 'active' AND wait_event_type = 'Lock' AND query = $1`,
      [READ_STOCK],
    );
    return rowCount !== 0;
  };
  return {
    async lockStock() {
      const holder = await pool.connect();
      await holder.query("BEGIN; LOCK TABLE stock IN ACCESS EXCLUSIVE MODE");
      let isHeld = true;
      return {
        [Symbol.asyncDispose]: async () => {
          if (!isHeld) return;
          isHeld = false;
          await holder.query("ROLLBACK");
          holder.release();
        },
      };
    },
    followStatement() {
      const seen = { firstAtMs: null as number | null, lastAtMs: null as number | null, isActive: false };
      let stopped = false;
      const looking = (async () => {
        while (!stopped) {
          seen.isActive = await waiting();
          if (seen.isActive) {
            seen.lastAtMs = machineMs();
            seen.firstAtMs ??= seen.lastAtMs;
          }
          await sleep(LOOK_MS);
        }
      })();
      // A failure of looking shows when the follower is disposed.
      looking.catch(() => undefined);
      return Object.assign(seen, {
        [Symbol.asyncDispose]: async () => {
          stopped = true;
          await looking;
        },
      });
    },
    readStock: () => pool.query(READ_STOCK, [["SKU-00001"]]),
    cancelled: () => cancelled,
    async effects() {
      const { rows } = await pool.query<{ effects: string }>(
        "SELECT (SELECT count(*) FROM orders.orders) + (SELECT count(*) FROM reservations) AS effects",
      );
      return Number(rows[0]?.effects);
    },
    async [Symbol.asyncDispose]() {
      stop();
      await close();
    },
  };
}
