import { createHash } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { type CreateOrderRequest, CreateOrderRequestSchema } from "@polywire/contract/polywire/orders/v1/order_service";
import { defaultCurrency } from "../orders/place-order.ts";

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
