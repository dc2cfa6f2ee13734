import { create, fromJson } from "@bufbuild/protobuf";
import { AddressSchema, type Order, OrderLineSchema, OrderSchema } from "@polywire/contract/polywire/orders/v1/order";
import { type Money, MoneySchema } from "@polywire/contract/polywire/type/v1/money";
import type { Selectable } from "kysely";
import { micros, timestampOf } from "../schema/micros.ts";
import type { Tables } from "../schema/tables.ts";

/** What every query that returns orders selects. */
export const orderColumns = [
  "order_id",
  "customer_id",
  "status",
  "version",
  "currency_code",
  "total_minor_units",
  "lines",
  "note",
  "shipping_address",
  "cancel_reason",
  "reservation_key",
  micros("create_time").as("create_micros"),
  micros("update_time").as("update_micros"),
] as const;

/** A row of `orderColumns`. */
export type OrderRow = Omit<Selectable<Tables["orders"]>, "create_time" | "update_time"> & {
  create_micros: bigint;
  update_micros: bigint;
};

/** The order that a row holds. */
export function orderOf(row: OrderRow): Order {
  const money = (minorUnits: bigint): Money => create(MoneySchema, { minorUnits, currencyCode: row.currency_code });
  const order = create(OrderSchema, {
    orderId: row.order_id,
    customerId: row.customer_id,
    status: row.status,
    lines: row.lines.map((line) =>
      create(OrderLineSchema, {
        sku: line.sku,
        quantity: line.quantity,
        unitPrice: money(BigInt(line.unitPrice)),
        lineTotal: money(BigInt(line.lineTotal)),
      }),
    ),
    total: money(row.total_minor_units),
    note: row.note,
    version: row.version,
    createTime: timestampOf(row.create_micros),
    updateTime: timestampOf(row.update_micros),
    cancelReason: row.cancel_reason,
  });
  if (row.shipping_address !== null) order.shippingAddress = fromJson(AddressSchema, row.shipping_address);
  return order;
}
