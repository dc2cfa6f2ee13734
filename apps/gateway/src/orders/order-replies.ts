import { toJsonString } from "@bufbuild/protobuf";
import { type Order, OrderSchema } from "@polywire/contract/polywire/orders/v1/order";
import { type ListOrdersResponse, ListOrdersResponseSchema } from "@polywire/contract/polywire/orders/v1/order_service";
import { formatEtag } from "@polywire/http";
import type { Reply } from "../serve/route.ts";

// Every field is there, whatever its value, so that readers meet one shape.
const JSON_OPTIONS = { alwaysEmitImplicit: true };

// An order belongs to one customer: no shared cache keeps it, and the customer's own asks before it uses it.
const PRIVATE = { "cache-control": "private, no-cache", vary: "Authorization" };

/** An order as the answer, with its version as the entity tag. */
export function orderReply(order: Order | undefined, { created = false } = {}): Reply {
  if (order === undefined) throw new Error("the order service answered without an order");
  return {
    status: created ? 201 : 200,
    headers: {
      ...PRIVATE,
      etag: formatEtag(order.version),
      ...(created ? { location: `/v1/orders/${encodeURIComponent(order.orderId)}` } : {}),
    },
    body: toJsonString(OrderSchema, order, JSON_OPTIONS),
  };
}

/** A page of orders as the answer. */
export function listReply(page: ListOrdersResponse): Reply {
  return { headers: PRIVATE, body: toJsonString(ListOrdersResponseSchema, page, JSON_OPTIONS) };
}
