import { randomUUID } from "node:crypto";
import { equals, fromBinary } from "@bufbuild/protobuf";
import { type Order, OrderEventType, OrderSchema, OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import type { UpdateOrderRequest } from "@polywire/contract/polywire/orders/v1/order_service";
import { badRequest, requireScope } from "@polywire/rpc";
import type { Kysely } from "kysely";
import type { Dependencies } from "../dependencies.ts";
import { cancelled } from "../orders/cancel.ts";
import { type Change, changeOrder, checkMove, checkVersion } from "../orders/change-order.ts";
import { findOrders, orderNotFound } from "../orders/find-orders.ts";
import { defaultCurrency, OrderExists, type Placement, placeOrder, unkeyed } from "../orders/place-order.ts";
import { currentPrincipal, currentViewer, FULFIL_SCOPE } from "../orders/viewer.ts";
import type { Tables } from "../schema/tables.ts";
import type { OrderMethods } from "./methods.ts";

type Field = "note" | "shipping_address" | "status" | "lines";

/** Changes the fields named by the mask; with allow_missing it places the order when there is none. */
export function updateOrder(dependencies: Dependencies): OrderMethods["updateOrder"] {
  return async (request) => {
    const wanted = request.order;
    const fields = new Set(request.updateMask?.paths) as ReadonlySet<Field>;
    // Validated by the contract; told to the type checker here.
    if (wanted === undefined) throw badRequest([{ field: "order", rule: "required", description: "is required" }]);
    if (fields.has("status")) requireScope(currentPrincipal(), FULFIL_SCOPE);
    if (request.allowMissing) {
      const [present] = await findOrders(dependencies.db, [wanted.orderId], currentViewer());
      const placed = present === undefined ? await placeMissing(dependencies, wanted, fields) : undefined;
      if (placed !== undefined) return { order: placed };
    }
    return { order: await change(dependencies, request, { wanted, fields }) };
  };
}

interface Wish {
  wanted: Order;
  fields: ReadonlySet<Field>;
}

function change({ db }: Dependencies, { allowMissing }: UpdateOrderRequest, { wanted, fields }: Wish): Promise<Order> {
  return changeOrder(db, { orderId: wanted.orderId, viewer: currentViewer() }, (current) => {
    checkVersion(current, wanted.version);
    if (fields.has("lines") && !(allowMissing && sameLines(current, wanted))) throw fixedLines();
    const next = { ...current };
    if (fields.has("note")) next.note = wanted.note;
    if (fields.has("shipping_address")) next.shippingAddress = wanted.shippingAddress;
    if (fields.has("status") && wanted.status !== current.status) return moved(next, wanted.status);
    return equals(OrderSchema, next, current) ? undefined : { type: OrderEventType.UPDATED, order: next };
  });
}

function moved(order: Order, status: OrderStatus): Change {
  if (status === OrderStatus.CANCELLED) return cancelled(order, "");
  checkMove(order, status);
  return { type: OrderEventType.STATUS_CHANGED, order: { ...order, status } };
}

/** Places the order under the caller's id; undefined when another call did so at the same time. */
async function placeMissing(
  dependencies: Dependencies,
  wanted: Order,
  fields: ReadonlySet<Field>,
): Promise<Order | undefined> {
  checkPlaceable(wanted, fields);
  const orderId = wanted.orderId.toLowerCase();
  const placement: Placement = {
    orderId,
    customerId: currentPrincipal().subject,
    lines: wanted.lines,
    currencyCode: defaultCurrency,
    note: fields.has("note") ? wanted.note : "",
    shippingAddress: fields.has("shipping_address") ? wanted.shippingAddress : undefined,
    // Not of the id alone: a key that was given back can never be used again, and the caller may repeat.
    reservationKey: `orders/${orderId}/${randomUUID()}`,
  };
  try {
    return await placeOrder(dependencies, placement, { ...unkeyed(dependencies, placement), complete: requireOwnId });
  } catch (error) {
    if (error instanceof OrderExists) return undefined;
    throw error;
  }
}

/** An id that was somebody else's is not free: that customer may read its history, and may follow it still. */
async function requireOwnId(transaction: Kysely<Tables>, { orderId, customerId }: Order): Promise<void> {
  const known = await transaction
    .selectFrom("outbox")
    .select("order_after")
    .where("order_id", "=", orderId)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  if (known === undefined) return;
  if (fromBinary(OrderSchema, known.order_after).customerId !== customerId) throw orderNotFound(orderId);
}

function checkPlaceable(wanted: Order, fields: ReadonlySet<Field>): void {
  if (!fields.has("lines") || wanted.lines.length === 0) {
    throw badRequest([{ field: "order.lines", rule: "required", description: "a new order needs lines in the mask" }]);
  }
  if (fields.has("status")) checkNewStatus(wanted);
}

function checkNewStatus(wanted: Order): void {
  if (wanted.status !== OrderStatus.PENDING) checkMove({ ...wanted, status: OrderStatus.UNSPECIFIED }, wanted.status);
}

function sameLines(a: Order, b: Order): boolean {
  const text = ({ lines }: Order): string => JSON.stringify(lines.map(({ sku, quantity }) => [sku, quantity]));
  return text(a) === text(b);
}

function fixedLines(): Error {
  const description = "the lines of an order can't be changed; cancel it and place another";
  return badRequest([{ field: "order.lines", rule: "lines.fixed", description }]);
}
