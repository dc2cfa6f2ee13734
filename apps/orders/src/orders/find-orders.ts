import type { ConnectError } from "@connectrpc/connect";
import type { Order } from "@polywire/contract/polywire/orders/v1/order";
import { rpcError } from "@polywire/rpc";
import type { Kysely } from "kysely";
import type { Tables } from "../schema/tables.ts";
import { orderColumns, orderOf } from "./order-row.ts";
import type { Viewer } from "./viewer.ts";

/** The orders among these that the viewer may see, in no order. */
export async function findOrders(db: Kysely<Tables>, orderIds: readonly string[], viewer: Viewer): Promise<Order[]> {
  const rows = await db
    .selectFrom("orders")
    .select(orderColumns)
    .where("order_id", "in", [...orderIds])
    .$if(!viewer.seesAll, (query) => query.where("customer_id", "=", viewer.subject))
    .execute();
  return rows.map(orderOf);
}

/** The answer for an order that is missing or somebody else's: the two look the same. */
export function orderNotFound(orderId: string): ConnectError {
  return rpcError("ORDER_NOT_FOUND", `there is no order ${orderId}`, {
    resource: { type: "order", name: orderId },
  });
}
