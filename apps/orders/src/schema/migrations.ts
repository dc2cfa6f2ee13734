import { OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import { ExportState } from "@polywire/contract/polywire/orders/v1/order_service";
import type { SchemaMigration } from "@polywire/service";
import { sql } from "kysely";

/** The schema's history. A released migration is never edited; a change is a new one at the end. */
export const migrations: readonly SchemaMigration[] = [
  {
    name: "0001-orders",
    up: async (db) => {
      await sql`
        CREATE TABLE orders (
          order_id uuid PRIMARY KEY,
          customer_id text NOT NULL,
          status smallint NOT NULL,
          version bigint NOT NULL DEFAULT 1,
          currency_code text NOT NULL,
          total_minor_units bigint NOT NULL,
          lines jsonb NOT NULL,
          note text NOT NULL,
          shipping_address jsonb,
          cancel_reason text NOT NULL DEFAULT '',
          reservation_key text NOT NULL,
          create_time timestamptz NOT NULL DEFAULT now(),
          update_time timestamptz NOT NULL DEFAULT now()
        )`.execute(db);
      await sql`CREATE INDEX orders_newest ON orders (create_time DESC, order_id DESC)`.execute(db);
      await sql`CREATE INDEX orders_newest_of_customer ON orders (customer_id, create_time DESC, order_id DESC)`.execute(
        db,
      );
    },
  },
  {
    name: "0002-outbox",
    up: async (db) => {
      await sql`
        CREATE TABLE outbox (
          id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          event_id uuid NOT NULL,
          order_id uuid NOT NULL,
          type smallint NOT NULL,
          order_after bytea NOT NULL,
          commit_time timestamptz NOT NULL,
          log_offset bigint,
          stock_task text CHECK (stock_task IN ('confirm', 'release')),
          reservation_key text,
          stock_task_time timestamptz
        )`.execute(db);
      await sql`CREATE UNIQUE INDEX outbox_log ON outbox (log_offset) WHERE log_offset IS NOT NULL`.execute(db);
      await sql`CREATE INDEX outbox_unstamped ON outbox (id) WHERE log_offset IS NULL`.execute(db);
      await sql`CREATE INDEX outbox_stock_tasks ON outbox (stock_task_time) WHERE stock_task IS NOT NULL`.execute(db);
      await sql`CREATE INDEX outbox_of_order ON outbox (order_id, id)`.execute(db);
    },
  },
  {
    name: "0003-idempotency-keys",
    up: async (db) => {
      await sql`
        CREATE TABLE idempotency_keys (
          principal text NOT NULL,
          method text NOT NULL,
          key text NOT NULL,
          request_hash bytea NOT NULL,
          order_id uuid NOT NULL,
          token uuid NOT NULL,
          lease_until timestamptz NOT NULL,
          reply bytea,
          create_time timestamptz NOT NULL DEFAULT clock_timestamp(),
          PRIMARY KEY (principal, method, key)
        )`.execute(db);
      await sql`CREATE INDEX idempotency_keys_age ON idempotency_keys (create_time)`.execute(db);
    },
  },
  {
    name: "0004-service-state",
    up: async (db) => {
      // gen_random_uuid() is cryptographically strong; two of them give the key 244 random bits.
      await sql`
        CREATE TABLE service_state (
          only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
          epoch text NOT NULL DEFAULT left(replace(gen_random_uuid()::text, '-', ''), 12),
          head_offset bigint NOT NULL DEFAULT 0,
          page_token_key bytea NOT NULL
            DEFAULT decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex')
        )`.execute(db);
      await sql`INSERT INTO service_state DEFAULT VALUES`.execute(db);
    },
  },
  {
    name: "0005-imported-orders",
    up: async (db) => {
      await sql`
        ALTER TABLE outbox
          DROP CONSTRAINT outbox_stock_task_check,
          ADD CONSTRAINT outbox_stock_task_check CHECK (stock_task IN ('confirm', 'release', 'reserve'))`.execute(db);
      // One for each queue: what waits for the stock of an import must not be in the way of the other tasks.
      await sql`DROP INDEX outbox_stock_tasks`.execute(db);
      await sql`
        CREATE INDEX outbox_stock_tasks ON outbox (stock_task_time) WHERE stock_task IN ('confirm', 'release')`.execute(
        db,
      );
      await sql`
        CREATE INDEX outbox_reservations ON outbox (stock_task_time) WHERE stock_task = 'reserve'`.execute(db);
    },
  },
  {
    name: "0006-stations",
    up: async (db) => {
      await sql`
        CREATE TABLE stations (
          principal text NOT NULL,
          station_id text NOT NULL,
          session uuid NOT NULL,
          PRIMARY KEY (principal, station_id)
        )`.execute(db);
      await sql`
        CREATE TABLE held_orders (
          order_id uuid PRIMARY KEY REFERENCES orders ON DELETE CASCADE,
          principal text NOT NULL,
          station_id text NOT NULL,
          claimed boolean NOT NULL,
          expire_time timestamptz NOT NULL
        )`.execute(db);
      await sql`CREATE INDEX held_orders_of_station ON held_orders (principal, station_id)`.execute(db);
      await sql`CREATE INDEX orders_to_pack ON orders (create_time, order_id) WHERE status = ${sql.lit(OrderStatus.CONFIRMED)}`.execute(
        db,
      );
    },
  },
  {
    name: "0007-exports",
    up: async (db) => {
      await sql`
        CREATE TABLE exports (
          export_id uuid PRIMARY KEY,
          customer_id text NOT NULL,
          sees_all boolean NOT NULL,
          filter bytea NOT NULL,
          format smallint NOT NULL,
          state smallint NOT NULL DEFAULT ${sql.lit(ExportState.RUNNING)},
          written_orders bigint NOT NULL DEFAULT 0,
          create_time timestamptz NOT NULL DEFAULT clock_timestamp(),
          token uuid,
          lease_until timestamptz NOT NULL DEFAULT clock_timestamp(),
          attempts int NOT NULL DEFAULT 0,
          expire_time timestamptz,
          failure bytea
        )`.execute(db);
      await sql`CREATE INDEX exports_of_customer ON exports (customer_id)`.execute(db);
      await sql`CREATE INDEX exports_to_write ON exports (lease_until) WHERE expire_time IS NULL`.execute(db);
      await sql`CREATE INDEX exports_to_remove ON exports (expire_time) WHERE expire_time IS NOT NULL`.execute(db);
      await sql`
        CREATE TABLE export_chunks (
          export_id uuid NOT NULL REFERENCES exports ON DELETE CASCADE,
          number int NOT NULL,
          data bytea NOT NULL,
          PRIMARY KEY (export_id, number)
        )`.execute(db);
      // Compressing what is read once costs more than it saves.
      await sql`ALTER TABLE export_chunks ALTER COLUMN data SET STORAGE EXTERNAL`.execute(db);
    },
  },
  {
    name: "0008-history-of-stamped-events",
    up: async (db) => {
      // An event is entered when it is stamped, which makes a new row version, and not before that as well.
      await sql`DROP INDEX outbox_of_order`.execute(db);
      await sql`CREATE INDEX outbox_of_order ON outbox (order_id, log_offset) WHERE log_offset IS NOT NULL`.execute(db);
    },
  },
];
