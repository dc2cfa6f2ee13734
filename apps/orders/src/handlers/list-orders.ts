import type { ListOrdersRequest } from "@polywire/contract/polywire/orders/v1/order_service";
import { type SqlBool, sql } from "kysely";
import type { Dependencies } from "../dependencies.ts";
import { matchesFilter } from "../orders/order-filter.ts";
import { orderColumns, orderOf } from "../orders/order-row.ts";
import { currentViewer, type Viewer } from "../orders/viewer.ts";
import { microsAtOrAfter, microsToTime } from "../schema/micros.ts";
import type { OrderMethods } from "./methods.ts";

const DEFAULT_PAGE_SIZE = 50;

/** Lists orders, newest first. A page starts after the last order of the one before, whatever was added meanwhile. */
export function listOrders({ db, pageTokens }: Dependencies): OrderMethods["listOrders"] {
  return async (request) => {
    const viewer = currentViewer();
    const query = queryOf(request, viewer);
    const after = request.pageToken === "" ? undefined : pageTokens.open(query, request.pageToken);
    const pageSize = request.pageSize || DEFAULT_PAGE_SIZE;
    const rows = await db
      .selectFrom("orders")
      .select(orderColumns)
      .where(matchesFilter(request, viewer))
      .$if(after !== undefined, (page) => {
        const [micros = "0", orderId = ""] = after ?? [];
        return page.where(sql<SqlBool>`(create_time, order_id) < (${microsToTime(BigInt(micros))}, ${orderId}::uuid)`);
      })
      .orderBy("create_time", "desc")
      .orderBy("order_id", "desc")
      .limit(pageSize + 1)
      .execute();
    const page = rows.slice(0, pageSize);
    const last = page.at(-1);
    const hasMore = rows.length > pageSize && last !== undefined;
    return {
      orders: page.map(orderOf),
      nextPageToken: hasMore ? pageTokens.seal(query, [last.create_micros, last.order_id]) : "",
    };
  };
}

/** Whose and which query: a page token is of use only with the same. The page size may change from page to page. */
function queryOf({ statuses, createdFrom, createdBefore }: ListOrdersRequest, viewer: Viewer): unknown[] {
  const times = [createdFrom, createdBefore].map((time) => (time ? microsAtOrAfter(time) : null));
  return ["ListOrders", viewer.subject, viewer.seesAll, [...statuses].sort(), ...times];
}
