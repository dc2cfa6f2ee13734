import { type Kysely, sql } from "kysely";
import type { Tables } from "./tables.ts";

/** SKUs that have prices: `SKU-00001` to `SKU-04000`. */
const CATALOGUE_SIZE = 4000;

/**
 * Prices the catalogue, the same each time: in EUR every SKU, from 0.99 to 199.99 and without a visible pattern; in USD
 * 8 % more, cut to the cent, except for every tenth SKU, which has no price in dollars.
 */
export async function seedPrices(db: Kysely<Tables>): Promise<void> {
  await sql`
    with euro as (
      select number, 'SKU-' || lpad(number::text, 5, '0') as sku, (number * 7919 % 200 + 1) * 100 - 1 as unit_minor
      from generate_series(1, ${CATALOGUE_SIZE}::int) as number
    )
    insert into prices (sku, currency_code, unit_minor)
    select sku, 'EUR', unit_minor from euro
    union all
    select sku, 'USD', unit_minor * 108 / 100 from euro where number % 10 <> 0`.execute(db);
}
