import type { OrderFilter } from "@polywire/contract/polywire/orders/v1/order_service";
import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import { microsAtOrAfter, microsToTime } from "../schema/micros.ts";
import type { Tables } from "../schema/tables.ts";
import type { Viewer } from "./viewer.ts";

/** Which orders a caller asks for: an OrderFilter, or a request that has its fields. */
export type Filter = Pick<OrderFilter, "statuses" | "createdFrom" | "createdBefore">;

/** The condition for orders that match the filter and that the viewer may see. */
export function matchesFilter(
  { statuses, createdFrom, createdBefore }: Filter,
  viewer: Viewer,
): (builder: ExpressionBuilder<Tables, "orders">) => Expression<SqlBool> {
  return (builder) => {
    const all: Expression<SqlBool>[] = [];
    if (!viewer.seesAll) all.push(builder("customer_id", "=", viewer.subject));
    if (statuses.length > 0) all.push(builder("status", "in", statuses));
    if (createdFrom) all.push(builder("create_time", ">=", microsToTime(microsAtOrAfter(createdFrom))));
    if (createdBefore) all.push(builder("create_time", "<", microsToTime(microsAtOrAfter(createdBefore))));
    return builder.and(all);
  };
}
