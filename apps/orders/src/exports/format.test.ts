import { create } from "@bufbuild/protobuf";
import { OrderSchema, OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import { ExportFormat } from "@polywire/contract/polywire/orders/v1/order_service";
import { expect, test } from "vitest";
import { headOf, linesOf } from "./format.ts";

const money = (minorUnits: bigint) => ({ minorUnits, currencyCode: "EUR" });
const order = create(OrderSchema, {
  orderId: "o-1",
  customerId: '=cmd "x"',
  status: OrderStatus.CONFIRMED,
  version: 9_007_199_254_740_993n,
  note: "two\nlines",
  createTime: { seconds: 1_767_225_600n, nanos: 1_000_000 },
  lines: [
    { sku: "SKU-1", quantity: 2, unitPrice: money(250n), lineTotal: money(500n) },
    { sku: "SKU-2", quantity: 1, unitPrice: money(1n), lineTotal: money(1n) },
  ],
});

test("linesOf writes an order as one line of ProtoJSON, whatever its texts hold", () => {
  const text = linesOf(ExportFormat.JSON_LINES, order);
  expect(text.match(/\n/g)).toHaveLength(1);
  expect(JSON.parse(text)).toMatchObject({ orderId: "o-1", version: "9007199254740993", note: "two\nlines" });
  expect(headOf(ExportFormat.JSON_LINES)).toBe("");
});

test("linesOf writes a CSV line for each order line, quoted, and no formula", () => {
  expect(headOf(ExportFormat.CSV)).toBe(
    "order_id,customer_id,status,version,create_time,sku,quantity,currency_code,unit_price_minor_units,line_total_minor_units\r\n",
  );
  const common = `o-1,"'=cmd ""x""",ORDER_STATUS_CONFIRMED,9007199254740993,2026-01-01T00:00:00.001Z`;
  expect(linesOf(ExportFormat.CSV, order)).toBe(`${common},SKU-1,2,EUR,250,500\r\n${common},SKU-2,1,EUR,1,1\r\n`);
});
