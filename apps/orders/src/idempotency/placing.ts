import { createHash } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import type { Order } from "@polywire/contract/polywire/orders/v1/order";
import {
  type CreateOrderRequest,
  CreateOrderRequestSchema,
  CreateOrderResponseSchema,
} from "@polywire/contract/polywire/orders/v1/order_service";
import { defaultCurrency } from "../orders/place-order.ts";

/** The method under which keys of placed orders are kept, whichever call placed them: a key stands for an order. */
export const PLACING = "CreateOrder";

/** What is kept under the key for a repeated call. */
export function replyOf(order: Order): Uint8Array {
  return toBinary(CreateOrderResponseSchema, create(CreateOrderResponseSchema, { order }));
}

/** Of what the request means: what the server ignores makes no difference. */
export function hashOf({ lines, currencyCode, note, shippingAddress }: CreateOrderRequest): Uint8Array {
  const meant = create(CreateOrderRequestSchema, {
    lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
    currencyCode: currencyCode || defaultCurrency,
    note,
    ...(shippingAddress && { shippingAddress }),
  });
  return createHash("sha256").update(toBinary(CreateOrderRequestSchema, meant)).digest();
}
