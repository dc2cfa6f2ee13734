import type { Client as PgClient } from "pg";

/** What `fillOrders` writes. */
export interface Filling {
  customer: string;
  count: number;
  /** Characters of each order's note. */
  noteLength?: number;
}

/** Writes confirmed orders straight into the table, a microsecond after one another. */
export async function fillOrders(sql: PgClient, { customer, count, noteLength = 0 }: Filling): Promise<void> {
  await sql.query(
    `INSERT INTO orders (order_id, customer_id, status, currency_code, total_minor_units, lines, note, reservation_key, create_time)
     SELECT gen_random_uuid(), $1, 2, 'EUR', 250,
            '[{"sku": "SKU-00001", "quantity": 1, "unitPrice": "250", "lineTotal": "250"}]', repeat('x', $3), 'filled',
            timestamptz '2026-01-01' + number * interval '1 microsecond'
     FROM generate_series(1, $2::int) AS number`,
    [customer, count, noteLength],
  );
}
