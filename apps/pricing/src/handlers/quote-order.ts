import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Client, ServiceImpl } from "@connectrpc/connect";
import type { InventoryService } from "@polywire/contract/polywire/inventory/v1/inventory_service";
import type { PricingService, QuoteLine } from "@polywire/contract/polywire/pricing/v1/pricing_service";
import { rpcError } from "@polywire/rpc";
import type { Kysely } from "kysely";
import { lineTotal } from "../prices/discount.ts";
import { readPrices } from "../prices/read-prices.ts";
import type { Tables } from "../schema/tables.ts";

/** What the handler works with. */
export interface Dependencies {
  db: Kysely<Tables>;
  inventory: Client<typeof InventoryService>;
  /** Epoch milliseconds. */
  clock: () => number;
}

/** How long a quote holds. */
const QUOTE_TTL_MS = 15 * 60_000;

/** Prices the lines in one currency, after asking inventory whether they can be had. */
export function quoteOrder(dependencies: Dependencies): ServiceImpl<typeof PricingService>["quoteOrder"] {
  const { db, inventory, clock } = dependencies;
  return async ({ lines, currencyCode }) => {
    await requireAvailable(inventory, lines);
    const skus = lines.map(({ sku }) => sku);
    const prices = await readPrices(db, skus, currencyCode);
    let total = 0n;
    const priced = lines.map(({ sku, quantity }) => {
      const unitMinor = prices.get(sku);
      if (unitMinor === undefined) throw noPrice(sku, currencyCode);
      const lineMinor = lineTotal(unitMinor, quantity);
      total += lineMinor;
      return {
        sku,
        quantity,
        unitPrice: { minorUnits: unitMinor, currencyCode },
        lineTotal: { minorUnits: lineMinor, currencyCode },
      };
    });
    return {
      lines: priced,
      total: { minorUnits: total, currencyCode },
      expireTime: timestampFromMs(clock() + QUOTE_TTL_MS),
    };
  };
}

async function requireAvailable(
  inventory: Client<typeof InventoryService>,
  lines: readonly QuoteLine[],
): Promise<void> {
  const wanted = lines.map(({ sku, quantity }) => ({ sku, quantity }));
  const availability = await inventory.checkAvailability({ lines: wanted });
  const unknown = availability.lines.find(({ known }) => !known);
  if (unknown !== undefined) {
    throw rpcError("UNKNOWN_SKU", `there is no SKU ${unknown.sku}`, {
      metadata: { sku: unknown.sku },
      resource: { type: "sku", name: unknown.sku },
    });
  }
  const short = availability.lines.findIndex(({ sufficient }) => !sufficient);
  if (short >= 0) throw outOfStock(wanted[short], availability.lines[short]?.availableQuantity ?? 0);
}

function outOfStock(line: { sku: string; quantity: number } | undefined, available: number) {
  const { sku = "", quantity = 0 } = line ?? {};
  const metadata = { sku, requested: String(quantity), available: String(available) };
  return rpcError("OUT_OF_STOCK", `only ${available} of ${sku} are free, ${quantity} are wanted`, {
    metadata,
    resource: { type: "sku", name: sku },
  });
}

function noPrice(sku: string, currencyCode: string) {
  const metadata = { sku, currency_code: currencyCode };
  return rpcError("NO_PRICE_IN_CURRENCY", `${sku} has no price in ${currencyCode}`, {
    metadata,
    resource: { type: "sku", name: sku },
  });
}
