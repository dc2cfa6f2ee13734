import { type Kysely, sql } from "kysely";
import type { Tables } from "./tables.ts";

/** SKUs in the catalogue: `SKU-00001` to `SKU-04000`. The number is the rank by demand. */
const CATALOGUE_SIZE = 4000;

/**
 * How often the SKU of a rank is wanted, relative to the others: Zipf's law with exponent 1, as a whole number.
 * The first SKU is wanted twice as often as the second and a thousand times as often as the thousandth; the first
 * hundred of 4,000 get 58 % of the demand. A load generator that draws SKUs by this weight meets the same hot rows as a
 * shop does.
 *
 * @param rank 1 for the most wanted
 * @returns the weight, which is also in the column `stock.demand_weight`
 */
export function demandWeight(rank: number): number {
  return Math.floor(1_000_000 / rank);
}

/**
 * Fills an empty catalogue, the same each time. The hundred most wanted SKUs never run out in practice; beyond them
 * every 97th has no stock at all (`SKU-00194`, `SKU-00291`, …).
 */
export async function seedCatalogue(db: Kysely<Tables>): Promise<void> {
  await sql`
    insert into stock (sku, on_hand, reserved, demand_weight)
    select 'SKU-' || lpad(rank::text, 5, '0'),
           case when rank <= 100 then 100000000 when rank % 97 = 0 then 0 else 1000 + 100000000 / rank end,
           0,
           1000000 / rank
    from generate_series(1, ${CATALOGUE_SIZE}::int) as rank`.execute(db);
}
