import type { SchemaMigration } from "@polywire/service";
import { sql } from "kysely";
import { seedCatalogue } from "./seed.ts";

/** The history of the schema `inventory`. */
export const migrations: readonly SchemaMigration[] = [
  {
    name: "0001-stock-and-reservations",
    up: async (db) => {
      await sql`
        create table stock (
          sku text collate "C" primary key,
          on_hand int not null check (on_hand >= 0),
          reserved int not null check (reserved between 0 and on_hand),
          demand_weight int not null check (demand_weight > 0)
        ) with (fillfactor = 80)`.execute(db);
      await sql`
        create table reservations (
          key text collate "C" primary key,
          state text not null check (state in ('held', 'confirmed', 'released', 'expired')),
          skus text[] not null,
          quantities int[] not null check (cardinality(quantities) = cardinality(skus)),
          expires_at timestamptz check (expires_at is not null or state = 'released'),
          changed_at timestamptz not null default clock_timestamp()
        )`.execute(db);
      await sql`create index reservations_held on reservations (expires_at) where state = 'held'`.execute(db);
      await sql`
        create index reservations_ended on reservations (changed_at)
        where state in ('released', 'expired')`.execute(db);
    },
  },
  { name: "0002-catalogue", up: seedCatalogue },
];
