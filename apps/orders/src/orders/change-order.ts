import { toJsonString } from "@bufbuild/protobuf";
import { AddressSchema, type Order, type OrderEventType } from "@polywire/contract/polywire/orders/v1/order";
import { rpcError } from "@polywire/rpc";
import { type Kysely, sql } from "kysely";
import { appendEvent } from "../log/append-event.ts";
import type { StockTask, Tables } from "../schema/tables.ts";
import { orderNotFound } from "./find-orders.ts";
import { orderColumns, orderOf } from "./order-row.ts";
import { mayMove, statusName } from "./status-machine.ts";
import type { Viewer } from "./viewer.ts";

/** What is to become of an order. */
export interface Change {
  type: OrderEventType;
  /** The order's changed state; version and times are set here. */
  order: Order;
  /** What inventory has to be told. */
  stockTask?: StockTask;
}

/** Looks at the locked order and decides; undefined leaves it as it is. What it writes itself is part of the change. */
export type Decide = (order: Order, transaction: Kysely<Tables>) => Change | undefined | Promise<Change | undefined>;

/**
 * Changes one order: lock, decide, write, event, all in one transaction.
 *
 * @param target which order; without a viewer, whoever owns it
 * @returns the order after it
 * @throws ORDER_NOT_FOUND, and whatever `decide` throws
 */
export async function changeOrder(
  db: Kysely<Tables>,
  target: { orderId: string; viewer?: Viewer },
  decide: Decide,
): Promise<Order> {
  const { orderId, viewer } = target;
  return await db.transaction().execute(async (transaction) => {
    const row = await transaction
      .selectFrom("orders")
      .select(orderColumns)
      .where("order_id", "=", orderId)
      .$if(viewer?.seesAll === false, (query) => query.where("customer_id", "=", viewer?.subject ?? ""))
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) throw orderNotFound(orderId);
    const change = await decide(orderOf(row), transaction);
    if (change === undefined) return orderOf(row);
    const { status, note, shippingAddress, cancelReason } = change.order;
    const changed = await transaction
      .updateTable("orders")
      .set({
        status,
        note,
        shipping_address: shippingAddress ? toJsonString(AddressSchema, shippingAddress) : null,
        cancel_reason: cancelReason,
        version: sql`version + 1`,
        update_time: sql`clock_timestamp()`,
      })
      .where("order_id", "=", orderId)
      .returning(orderColumns)
      .executeTakeFirstOrThrow();
    const order = orderOf(changed);
    const { type, stockTask } = change;
    const reservationKey = row.reservation_key;
    await appendEvent(transaction, { type, order, reservationKey, ...(stockTask && { stockTask }) });
    return order;
  });
}

/** @throws VERSION_MISMATCH unless the order has the expected version; 0 expects nothing */
export function checkVersion(order: Order, expected: bigint): void {
  if (expected === 0n || expected === order.version) return;
  throw rpcError("VERSION_MISMATCH", `the order has version ${order.version}, not ${expected}; read it again`, {
    metadata: { version: String(order.version) },
    resource: { type: "order", name: order.orderId },
  });
}

/** @throws ILLEGAL_STATUS_CHANGE unless the order may go to that state */
export function checkMove(order: Order, to: Order["status"]): void {
  if (mayMove(order.status, to)) return;
  const [from, target] = [statusName(order.status), statusName(to)];
  throw rpcError("ILLEGAL_STATUS_CHANGE", `an order that is ${from} can't become ${target}`, {
    metadata: { status: from },
    resource: { type: "order", name: order.orderId },
  });
}
