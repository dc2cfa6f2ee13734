import type { Dependencies } from "../dependencies.ts";
import { eventColumns, eventOf } from "../log/event-row.ts";
import { findOrders, orderNotFound } from "../orders/find-orders.ts";
import { currentViewer } from "../orders/viewer.ts";
import type { OrderMethods } from "./methods.ts";

const DEFAULT_PAGE_SIZE = 50;

/** Lists what the outbox still keeps of one order's history, that of a deleted order too. */
export function listOrderEvents({ db, pageTokens, log }: Dependencies): OrderMethods["listOrderEvents"] {
  return async ({ orderId, pageSize, pageToken }) => {
    const viewer = currentViewer();
    const query = ["ListOrderEvents", viewer.subject, viewer.seesAll, orderId];
    const [after = "0"] = pageToken === "" ? [] : pageTokens.open(query, pageToken);
    const limit = pageSize || DEFAULT_PAGE_SIZE;
    const rows = await db
      .selectFrom("outbox")
      .select(eventColumns)
      .where("order_id", "=", orderId)
      .where("log_offset", ">", BigInt(after))
      .orderBy("log_offset")
      .limit(limit + 1)
      .execute();
    const { epoch } = (await log.bounds()).head;
    const events = rows.map((row) => eventOf(row, epoch));
    const owner = events[0]?.order?.customerId;
    const isVisible = owner === undefined ? await isKnown(orderId) : viewer.seesAll || owner === viewer.subject;
    if (!isVisible) throw orderNotFound(orderId);
    const page = events.slice(0, limit);
    const last = page.at(-1)?.cursor?.offset;
    const hasMore = events.length > limit && last !== undefined;
    return { events: page, nextPageToken: hasMore ? pageTokens.seal(query, [last]) : "" };
  };

  async function isKnown(orderId: string): Promise<boolean> {
    return (await findOrders(db, [orderId], currentViewer())).length > 0;
  }
}
