import type { SchemaMigration } from "@polywire/service";
import { sql } from "kysely";
import { seedPrices } from "./seed.ts";

/** The history of the schema `pricing`. */
export const migrations: readonly SchemaMigration[] = [
  {
    name: "0001-prices",
    up: async (db) => {
      await sql`
        create table prices (
          sku text collate "C" not null,
          currency_code text collate "C" not null check (currency_code ~ '^[A-Z]{3}$'),
          -- With at most 100 lines of 1,000 pieces the total of an order stays below the contract's bound of 10^12.
          unit_minor bigint not null check (unit_minor between 1 and 10000000),
          primary key (sku, currency_code)
        )`.execute(db);
    },
  },
  { name: "0002-catalogue", up: seedPrices },
];
