import { randomUUID } from "node:crypto";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { ConnectError } from "@connectrpc/connect";
import { type Order, OrderEventType, OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import { rpcError } from "@polywire/rpc";
import { type Kysely, type RawBuilder, type SqlBool, sql } from "kysely";
import { type Change, changeOrder, checkMove } from "../orders/change-order.ts";
import { orderColumns, orderOf } from "../orders/order-row.ts";
import { isFinal, statusName } from "../orders/status-machine.ts";
import { micros, timestampOf } from "../schema/micros.ts";
import type { Tables } from "../schema/tables.ts";

/** An order that is held for a station, and until when without a sign of life. */
export interface Offer {
  order: Order;
  expireTime: Timestamp;
}

/**
 * A packing station in one conversation, and the orders that are held for it. What it holds is in Postgres, so that all
 * instances agree, and counts until its lease ends: each sign of life makes that later for everything the station holds.
 */
export interface Station {
  /** What it holds from before, not packed yet: after a lost connection it learns what is its own. */
  held(): Promise<Offer[]>;
  /** Holds the oldest orders to pack that nobody else holds, until it has as many as it can take. */
  offers(): Promise<Offer[]>;
  /** Takes note of a sign of life. @throws STATION_LOST once the station has said hello in another conversation */
  isAlive(): Promise<void>;
  /** Claims an order that was offered; a claimed one again. @throws ORDER_NOT_HELD, ILLEGAL_STATUS_CHANGE */
  claim(orderId: string): Promise<Order>;
  /** Moves a claimed order to packed, or any packed one to shipped. @throws ORDER_NOT_HELD, ILLEGAL_STATUS_CHANGE */
  report(orderId: string, status: OrderStatus): Promise<Order>;
  /** Lets go of an order; it is not offered again in this conversation. @throws ORDER_NOT_HELD, ILLEGAL_STATUS_CHANGE */
  giveBack(orderId: string): Promise<Order>;
  /** Lets go of what was offered and not claimed. */
  leave(): Promise<void>;
}

/** Options of `openStation`. */
export interface StationOptions {
  db: Kysely<Tables>;
  /** The subject of its token: stations of two of them may have the same name. */
  principal: string;
  stationId: string;
  /** How many orders it may hold at once, packed ones not counted. */
  capacity: number;
  /** How long what it holds stays its own without a sign of life, in milliseconds. */
  leaseMs: number;
}

/** Orders given back that one conversation remembers; older ones may be offered again. */
const MAX_RETURNED = 1000;

/** Opens the station's conversation and ends the one it may have had before. */
export async function openStation(options: StationOptions): Promise<Station> {
  const { db, principal, stationId, capacity } = options;
  const session = randomUUID();
  const returned: string[] = [];
  const leaseEnd = sql<Date>`clock_timestamp() + ${options.leaseMs} * interval '1 millisecond'`;
  const isOurs = sql<SqlBool>`held_orders.principal = ${principal} AND held_orders.station_id = ${stationId}`;
  const isHere = sql<SqlBool>`EXISTS (
    SELECT FROM stations WHERE principal = ${principal} AND station_id = ${stationId} AND session = ${session})`;

  await db
    .insertInto("stations")
    .values({ principal, station_id: stationId, session })
    .onConflict((conflict) => conflict.columns(["principal", "station_id"]).doUpdateSet({ session }))
    .execute();

  /** Changes an order that the station holds. `isClaimed` is whether it has been claimed, undefined when it is not held. */
  function withOrder(orderId: string, decide: (held: HeldOrder) => Promise<Change | undefined>): Promise<Order> {
    // The order's row is locked, and nobody begins or ends to hold an order without that lock.
    return changeOrder(db, { orderId }, async (order, transaction) => {
      const row = await transaction
        .selectFrom("held_orders")
        .select("claimed")
        .where("order_id", "=", orderId)
        .where(isOurs)
        .where(order.status === OrderStatus.CONFIRMED ? isLive : sql<SqlBool>`true`)
        .executeTakeFirst();
      return await decide({ order, transaction, isClaimed: row?.claimed });
    });
  }

  return {
    held: () => offersOf(db, sql`${isOurs} AND ${isLive}`),

    offers: async () => {
      const { rows } = await sql<{ order_id: string }>`
        WITH here AS (
          SELECT FROM stations WHERE principal = ${principal} AND station_id = ${stationId} AND session = ${session}
          FOR UPDATE
        ),
        free AS (
          SELECT order_id FROM orders
          WHERE ${isToPack} AND EXISTS (SELECT FROM here) AND order_id <> ALL (${returned}::uuid[])
            AND NOT EXISTS (SELECT FROM held_orders WHERE held_orders.order_id = orders.order_id AND ${isLive})
          ORDER BY create_time, order_id
          LIMIT greatest(0, ${capacity} - (
            SELECT count(*) FROM held_orders JOIN orders USING (order_id) WHERE ${isOurs} AND ${isLive} AND ${isToPack}
          ))
          FOR UPDATE SKIP LOCKED
        )
        INSERT INTO held_orders (order_id, principal, station_id, claimed, expire_time)
        SELECT order_id, ${principal}, ${stationId}, false, ${leaseEnd} FROM free
        ON CONFLICT (order_id) DO UPDATE
        SET principal = excluded.principal, station_id = excluded.station_id, claimed = false,
            expire_time = excluded.expire_time
        WHERE held_orders.expire_time <= clock_timestamp()
        RETURNING order_id`.execute(db);
      const orderIds = rows.map(({ order_id }) => order_id);
      return orderIds.length === 0 ? [] : await offersOf(db, sql`${isOurs} AND order_id = ANY (${orderIds}::uuid[])`);
    },

    isAlive: async () => {
      const { rows } = await sql<{ here: boolean }>`
        WITH kept AS (
          UPDATE held_orders SET expire_time = ${leaseEnd} WHERE ${isOurs} AND ${isLive} AND ${isHere}
        )
        SELECT ${isHere} AS here`.execute(db);
      if (rows[0]?.here !== true) {
        throw rpcError(
          "STATION_LOST",
          "this station has said hello in another call, which goes on in place of this one",
        );
      }
    },

    claim: (orderId) =>
      withOrder(orderId, async ({ order, transaction, isClaimed }) => {
        if (order.status !== OrderStatus.CONFIRMED) checkMove(order, OrderStatus.PACKED);
        if (isClaimed === undefined) throw notHeld(orderId);
        await transaction.updateTable("held_orders").set({ claimed: true }).where("order_id", "=", orderId).execute();
        return undefined;
      }),

    report: (orderId, status) =>
      withOrder(orderId, async ({ order, transaction, isClaimed }) => {
        if (status === OrderStatus.PACKED) {
          if (isClaimed !== true) throw notHeld(orderId);
        } else {
          await transaction.deleteFrom("held_orders").where("order_id", "=", orderId).execute();
        }
        // A report repeated after a lost connection finds its work done.
        if (order.status === status) return undefined;
        checkMove(order, status);
        return { type: OrderEventType.STATUS_CHANGED, order: { ...order, status } };
      }),

    giveBack: async (orderId) => {
      const order = await withOrder(orderId, async ({ order: current, transaction, isClaimed }) => {
        if (isClaimed === undefined) throw notHeld(orderId);
        if (current.status !== OrderStatus.CONFIRMED && !isFinal(current.status)) throw packedAlready(current);
        await transaction.deleteFrom("held_orders").where("order_id", "=", orderId).execute();
        return undefined;
      });
      returned.push(order.orderId);
      if (returned.length > MAX_RETURNED) returned.shift();
      return order;
    },

    leave: async () => {
      await sql`DELETE FROM held_orders WHERE ${isOurs} AND NOT claimed AND ${isHere}`.execute(db);
    },
  };
}

interface HeldOrder {
  order: Order;
  transaction: Kysely<Tables>;
  isClaimed: boolean | undefined;
}

const isLive = sql<SqlBool>`held_orders.expire_time > clock_timestamp()`;

const isToPack = sql<SqlBool>`orders.status = ${sql.lit(OrderStatus.CONFIRMED)}`;

async function offersOf(db: Kysely<Tables>, which: RawBuilder<unknown>): Promise<Offer[]> {
  const rows = await db
    .selectFrom("orders")
    .select(orderColumns)
    .select(
      sql<bigint>`(SELECT ${micros("expire_time")} FROM held_orders WHERE held_orders.order_id = orders.order_id)`.as(
        "expire_micros",
      ),
    )
    .where(sql<SqlBool>`${isToPack} AND order_id IN (SELECT order_id FROM held_orders WHERE ${which})`)
    .orderBy("create_time")
    .orderBy("order_id")
    .execute();
  return rows.map((row) => ({ order: orderOf(row), expireTime: timestampOf(row.expire_micros) }));
}

function notHeld(orderId: string): ConnectError {
  return rpcError("ORDER_NOT_HELD", `order ${orderId} is not, or no longer, with this station; wait for another offer`);
}

function packedAlready(order: Order): ConnectError {
  return rpcError("ILLEGAL_STATUS_CHANGE", `an order that is ${statusName(order.status)} can't be given back`);
}
