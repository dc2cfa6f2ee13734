import type { Order } from "@polywire/contract/polywire/orders/v1/order";
import { rpcError } from "@polywire/rpc";
import { type Kysely, sql } from "kysely";
import type { Tables } from "../schema/tables.ts";
import { beginBounded } from "./bounded-transaction.ts";
import { type Filter, matchesFilter } from "./order-filter.ts";
import { type OrderRow, orderColumns, orderOf } from "./order-row.ts";
import type { Viewer } from "./viewer.ts";

/** Reads large results through cursors of the database. */
export interface OrderSnapshots {
  /**
   * Opens a cursor on the orders that match, as they are now: what is changed while they are read does not show.
   *
   * @param wanted which orders
   * @param signal gives them up: what runs is cancelled and the transaction ends
   * @throws TOO_MANY_REQUESTS while as many are open as may be
   */
  open(wanted: { filter: Filter; viewer: Viewer }, signal: AbortSignal): Promise<OrderSnapshot>;
}

/** An open cursor and the transaction that it lives in. */
export interface OrderSnapshot extends AsyncDisposable {
  /** The next orders, oldest first; none at the end. @throws DEADLINE_PASSED when it has been open for too long */
  next(): Promise<Order[]>;
}

/** Bounds of snapshots. */
export interface SnapshotLimits {
  /** Open at once, each with a connection of its own: other calls must find one, too. */
  maxSnapshots: number;
  /** How long one may be open, in milliseconds: Postgres cannot clean up behind it, and a reader may stall for ever. */
  snapshotMaxMs: number;
}

/** Read at once. So many orders, each as large as the contract lets it be, are below the 4 MiB of a message. */
const BATCH_ORDERS = 100;

const RETRY_MS = 1000;

/** Makes the snapshots of one process. */
export function createOrderSnapshots(db: Kysely<Tables>, limits: SnapshotLimits): OrderSnapshots {
  let open = 0;
  const onEnd = (): void => {
    open -= 1;
  };
  return {
    async open({ filter, viewer }, signal) {
      if (open >= limits.maxSnapshots) throw tooMany();
      open += 1;
      const snapshot = await beginBounded(db, { signal, maxMs: limits.snapshotMaxMs, onEnd });
      const query = db
        .selectFrom("orders")
        .select(orderColumns)
        .where(matchesFilter(filter, viewer))
        .orderBy("create_time")
        .orderBy("order_id");
      try {
        await snapshot.run((transaction) => sql`DECLARE matching NO SCROLL CURSOR FOR ${query}`.execute(transaction));
      } catch (error) {
        await snapshot.end();
        throw error;
      }
      const fetch = sql<OrderRow>`FETCH ${sql.lit(BATCH_ORDERS)} FROM matching`;
      return {
        next: async () => (await snapshot.run((transaction) => fetch.execute(transaction))).rows.map(orderOf),
        [Symbol.asyncDispose]: snapshot.end,
      };
    },
  };
}

function tooMany(): Error {
  return rpcError("TOO_MANY_REQUESTS", "this server has its most exports in work; try again later", {
    retryAfterMs: RETRY_MS,
  });
}
