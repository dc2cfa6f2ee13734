import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type Order,
  type OrderLine,
  OrderLineSchema,
  OrderSchema,
  OrderStatus,
} from "@polywire/contract/polywire/orders/v1/order";
import type { Random } from "../framework/random.ts";

const CURRENCY = "EUR";
const PLACED_AT = Date.UTC(2026, 10, 3, 9, 30);

/** An order as the order service answers it, with so many lines; the same for the same random choices. */
export function makeOrder(lineCount: number, random: Random): Order {
  const lines = Array.from({ length: lineCount }, (_, index) => makeLine(index, random));
  const total = lines.reduce((sum, { lineTotal }) => sum + (lineTotal?.minorUnits ?? 0n), 0n);
  const time = timestampFromMs(PLACED_AT + random.whole(0, 86_400_000));
  return create(OrderSchema, {
    orderId: makeUuid(random),
    customerId: `customer-${random.whole(1, 9_999)}`,
    status: OrderStatus.CONFIRMED,
    lines,
    total: { minorUnits: total, currencyCode: CURRENCY },
    version: BigInt(random.whole(1, 9)),
    createTime: time,
    updateTime: time,
  });
}

function makeLine(index: number, random: Random): OrderLine {
  const quantity = random.whole(1, 12);
  const price = random.whole(99, 99_999);
  return create(OrderLineSchema, {
    sku: `SKU-${String(index * 7 + random.whole(1, 7)).padStart(5, "0")}`,
    quantity,
    unitPrice: { minorUnits: BigInt(price), currencyCode: CURRENCY },
    lineTotal: { minorUnits: BigInt(price * quantity), currencyCode: CURRENCY },
  });
}

function makeUuid(random: Random): string {
  const hex = Buffer.from(random.bytes(16)).toString("hex");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
}
