import { toJsonString } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import {
  type Address,
  AddressSchema,
  type Order,
  OrderEventType,
  type OrderLine,
  OrderStatus,
} from "@polywire/contract/polywire/orders/v1/order";
import type { PricedLine, QuoteOrderResponse } from "@polywire/contract/polywire/pricing/v1/pricing_service";
import type { Kysely } from "kysely";
import type { Dependencies } from "../dependencies.ts";
import { appendEvent } from "../log/append-event.ts";
import type { StoredLine, Tables } from "../schema/tables.ts";
import { orderColumns, orderOf } from "./order-row.ts";

/** What orders are paid in unless they say otherwise. */
export const defaultCurrency = "EUR";

/** An order to be placed. */
export interface Placement {
  orderId: string;
  customerId: string;
  lines: readonly { sku: string; quantity: number }[];
  currencyCode: string;
  note: string;
  shippingAddress: Address | undefined;
  /** What the stock is held under. A repeat with the same key holds it once. */
  reservationKey: string;
}

/** What the stock of a new order is held under. */
export function reservationKeyOf(orderId: string): string {
  return `orders/${orderId}`;
}

/** What keeps a placement from happening twice. */
export interface Guard {
  /** Part of the transaction that stores the order; throws when the order must not be stored after all. */
  complete?: (transaction: Kysely<Tables>, order: Order) => Promise<void>;
  /** After a failure: whether the order is certain not to be stored, so that its stock may be given back. */
  giveUp: () => Promise<boolean>;
}

/**
 * Quotes, reserves and stores an order. No connection is held during the calls.
 *
 * @throws what pricing and inventory refuse, and OrderExists
 */
export async function placeOrder(dependencies: Dependencies, placement: Placement, guard: Guard): Promise<Order> {
  const { pricing, inventory, limits, detached } = dependencies;
  const { lines, currencyCode, reservationKey } = placement;
  let mayHoldStock = false;
  try {
    const quote = await pricing.quoteOrder({ lines: lines.map(bare), currencyCode });
    mayHoldStock = true;
    await inventory.reserve({ reservationKey, lines: lines.map(bare), ttl: durationFromMs(limits.reservationTtlMs) });
    return await storeOrder(dependencies.db, { ...placement, quote }, guard);
  } catch (error) {
    // As well as it can be done, whether the caller is still there or not: what is missed here ends by expiry.
    await detached(async () => {
      if ((await guard.giveUp()) && mayHoldStock) await inventory.releaseReservation({ reservationKey }, RELEASING);
    }).catch(() => undefined);
    throw error;
  }
}

const RELEASING = { timeoutMs: 2000 };

async function storeOrder(
  db: Kysely<Tables>,
  placement: Placement & { quote: QuoteOrderResponse },
  guard: Guard,
): Promise<Order> {
  const { quote, shippingAddress, reservationKey } = placement;
  const { total } = quote;
  if (total === undefined) throw new Error("the quote has no total");
  return await db.transaction().execute(async (transaction) => {
    const row = await transaction
      .insertInto("orders")
      .values({
        order_id: placement.orderId,
        customer_id: placement.customerId,
        status: OrderStatus.PENDING,
        currency_code: total.currencyCode,
        total_minor_units: total.minorUnits,
        lines: JSON.stringify(quote.lines.map(storedLine)),
        note: placement.note,
        shipping_address: shippingAddress ? toJsonString(AddressSchema, shippingAddress) : null,
        reservation_key: reservationKey,
      })
      .onConflict((conflict) => conflict.column("order_id").doNothing())
      .returning(orderColumns)
      .executeTakeFirst();
    if (row === undefined) throw new OrderExists(placement.orderId);
    const order = orderOf(row);
    await guard.complete?.(transaction, order);
    await appendEvent(transaction, { type: OrderEventType.CREATED, order, stockTask: "confirm", reservationKey });
    return order;
  });
}

/** The guard of a placement without an idempotency key: looks whether the order was stored after all. */
export function unkeyed({ db }: Dependencies, { orderId, reservationKey }: Placement): Guard {
  return {
    giveUp: async () => {
      const stored = await db
        .selectFrom("orders")
        .select("order_id")
        .where("order_id", "=", orderId)
        .where("reservation_key", "=", reservationKey)
        .executeTakeFirst();
      return stored === undefined;
    },
  };
}

/** There is an order with this id already. */
export class OrderExists extends Error {
  constructor(orderId: string) {
    super(`order ${orderId} exists already`);
    this.name = "OrderExists";
  }
}

/** A line as the orders table has it. */
export function storedLine(line: PricedLine | OrderLine): StoredLine {
  const { sku, quantity, unitPrice, lineTotal } = line;
  if (unitPrice === undefined || lineTotal === undefined) throw new Error(`the quote has no price for ${sku}`);
  return { sku, quantity, unitPrice: String(unitPrice.minorUnits), lineTotal: String(lineTotal.minorUnits) };
}

/** What other services need of a line. */
function bare({ sku, quantity }: Placement["lines"][number]): { sku: string; quantity: number } {
  return { sku, quantity };
}
