import { randomUUID } from "node:crypto";
import { create, toJsonString } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import {
  AddressSchema,
  type Order,
  OrderEventType,
  OrderLineSchema,
  OrderSchema,
  OrderStatus,
} from "@polywire/contract/polywire/orders/v1/order";
import { type Money, MoneySchema } from "@polywire/contract/polywire/type/v1/money";
import { type Kysely, sql } from "kysely";
import { claimDone } from "../idempotency/claim-done.ts";
import { hashOf, PLACING, replyOf } from "../idempotency/placing.ts";
import { appendEvents } from "../log/append-event.ts";
import { defaultCurrency, reservationKeyOf, storedLine } from "../orders/place-order.ts";
import { timestampOf } from "../schema/micros.ts";
import type { Tables } from "../schema/tables.ts";
import type { PricedLine } from "./price-lines.ts";

/** What has become of an order. */
export type Outcome = "stored" | "repeated" | ConnectError;

/** Stores orders and their events in one transaction, each once for its idempotency key. */
export async function storeOrders(
  db: Kysely<Tables>,
  customerId: string,
  priced: readonly PricedLine[],
): Promise<Outcome[]> {
  return await db.transaction().execute(async (transaction) => {
    const now = sql<{ micros: bigint }>`SELECT (extract(epoch FROM now()) * 1000000)::bigint AS micros`;
    const micros = (await now.execute(transaction)).rows[0]?.micros ?? 0n;
    const orders = priced.map((each) => newOrder(each, customerId, micros));
    const outcomes = await claimKeys(transaction, priced, orders);
    const fresh = orders.filter((_, index) => outcomes[index] === "stored");
    if (fresh.length > 0) {
      await insertOrders(transaction, customerId, fresh);
      const events = fresh.map((order) => {
        const reservationKey = reservationKeyOf(order.orderId);
        return { type: OrderEventType.CREATED, order, stockTask: "reserve" as const, reservationKey };
      });
      await appendEvents(transaction, events);
    }
    return outcomes;
  });
}

async function claimKeys(
  transaction: Kysely<Tables>,
  priced: readonly PricedLine[],
  orders: readonly Order[],
): Promise<Outcome[]> {
  const outcomes = orders.map((): Outcome => "stored");
  const keyed = orders.flatMap((order, index) => {
    const request = priced[index]?.request;
    return request === undefined || request.idempotencyKey === "" ? [] : [{ index, order, request }];
  });
  const calls = keyed.map(({ order, request }) => ({
    key: request.idempotencyKey,
    requestHash: hashOf(request),
    orderId: order.orderId,
    reply: replyOf(order),
  }));
  const states = await claimDone(transaction, { principal: orders[0]?.customerId ?? "", method: PLACING }, calls);
  for (const [position, state] of states.entries()) {
    const index = keyed[position]?.index;
    if (index !== undefined && state !== "new") outcomes[index] = state;
  }
  return outcomes;
}

async function insertOrders(transaction: Kysely<Tables>, customerId: string, orders: readonly Order[]): Promise<void> {
  await sql`
    INSERT INTO orders (order_id, customer_id, status, currency_code, total_minor_units, lines, note,
                        shipping_address, reservation_key)
    SELECT order_id, ${customerId}, ${OrderStatus.PENDING}, currency_code, total_minor_units, lines::jsonb, note,
           shipping_address::jsonb, reservation_key
    FROM unnest(
      ${orders.map(({ orderId }) => orderId)}::uuid[],
      ${orders.map(({ total }) => total?.currencyCode)}::text[],
      ${orders.map(({ total }) => total?.minorUnits)}::bigint[],
      ${orders.map(({ lines }) => JSON.stringify(lines.map(storedLine)))}::text[],
      ${orders.map(({ note }) => note)}::text[],
      ${orders.map(({ shippingAddress }) => shippingAddress && toJsonString(AddressSchema, shippingAddress))}::text[],
      ${orders.map(({ orderId }) => reservationKeyOf(orderId))}::text[]
    ) AS imported (order_id, currency_code, total_minor_units, lines, note, shipping_address, reservation_key)`.execute(
    transaction,
  );
}

function newOrder({ request, prices }: PricedLine, customerId: string, nowMicros: bigint): Order {
  const currencyCode = request.currencyCode || defaultCurrency;
  const money = (minorUnits: bigint): Money => create(MoneySchema, { minorUnits, currencyCode });
  const order = create(OrderSchema, {
    orderId: randomUUID(),
    customerId,
    status: OrderStatus.PENDING,
    lines: request.lines.map(({ sku, quantity }, index) =>
      create(OrderLineSchema, {
        sku,
        quantity,
        unitPrice: money(prices[index]?.unitMinor ?? 0n),
        lineTotal: money(prices[index]?.totalMinor ?? 0n),
      }),
    ),
    total: money(prices.reduce((sum, { totalMinor }) => sum + totalMinor, 0n)),
    note: request.note,
    version: 1n,
    createTime: timestampOf(nowMicros),
    updateTime: timestampOf(nowMicros),
  });
  if (request.shippingAddress) order.shippingAddress = request.shippingAddress;
  return order;
}
