import { type Kysely, sql } from "kysely";
import type { Tables } from "../schema/tables.ts";

/** The stock of one SKU. */
export interface StockLevel {
  sku: string;
  onHandQuantity: number;
  reservedQuantity: number;
  availableQuantity: number;
}

/** Reads the stock of those SKUs that exist, in one statement and without locks. */
export async function readStock(db: Kysely<Tables>, skus: readonly string[]): Promise<Map<string, StockLevel>> {
  const rows = await db
    .selectFrom("stock")
    .select(["sku", "on_hand", "reserved"])
    .where("sku", "=", sql<string>`any(${skus})`)
    .execute();
  return new Map(
    rows.map(({ sku, on_hand, reserved }) => [
      sku,
      { sku, onHandQuantity: on_hand, reservedQuantity: reserved, availableQuantity: on_hand - reserved },
    ]),
  );
}
