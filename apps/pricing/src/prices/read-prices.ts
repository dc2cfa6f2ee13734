import { type Kysely, sql } from "kysely";
import type { Tables } from "../schema/tables.ts";

/** Reads the unit prices, in minor units, of those SKUs that have one in the currency. */
export async function readPrices(
  db: Kysely<Tables>,
  skus: readonly string[],
  currencyCode: string,
): Promise<Map<string, bigint>> {
  const rows = await db
    .selectFrom("prices")
    .select(["sku", "unit_minor"])
    .where("sku", "=", sql<string>`any(${skus})`)
    .where("currency_code", "=", currencyCode)
    .execute();
  return new Map(rows.map(({ sku, unit_minor }) => [sku, unit_minor]));
}
