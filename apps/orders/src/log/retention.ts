import { type Kysely, sql } from "kysely";
import type { Tables } from "../schema/tables.ts";
import type { Duty } from "./relay.ts";
import { createWakeUp } from "./wake-up.ts";

/** Options of `createRetention`. */
export interface RetentionOptions {
  db: Kysely<Tables>;
  /** How long events are kept, in milliseconds. */
  outboxRetentionMs: number;
  /** How long idempotency keys and their replies are kept, in milliseconds. */
  keyRetentionMs: number;
  /** How often it sweeps, in milliseconds. */
  sweepMs: number;
  /** Events after this offset are kept in any case. Undefined: nothing is removed. */
  publishedOffset: () => bigint | undefined;
}

const MAX_ROWS = 10_000;

/** Removes what has been kept long enough, a bounded number of rows at a time. */
export function createRetention(options: RetentionOptions): Duty {
  const never = createWakeUp();
  return async function retention(signal) {
    while (!signal.aborted) {
      await removeOldEvents(options);
      await removeOldKeys(options);
      await never.wait(options.sweepMs, signal);
    }
  };
}

/** Removes from the beginning of the log only, so that no hole comes into being. */
export async function removeOldEvents(options: RetentionOptions): Promise<void> {
  const published = options.publishedOffset();
  if (published === undefined) return;
  await sql`
    DELETE FROM outbox WHERE log_offset IN (
      SELECT log_offset FROM outbox
      WHERE log_offset < (
        SELECT coalesce(min(log_offset), ${published}::bigint + 1) FROM outbox
        WHERE log_offset IS NOT NULL AND (
          log_offset > ${published}::bigint OR stock_task IS NOT NULL
          OR commit_time > clock_timestamp() - ${options.outboxRetentionMs} * interval '1 millisecond'
        )
      )
      ORDER BY log_offset LIMIT ${MAX_ROWS}
    )`.execute(options.db);
}

async function removeOldKeys({ db, keyRetentionMs }: RetentionOptions): Promise<void> {
  await sql`
    DELETE FROM idempotency_keys WHERE (principal, method, key) IN (
      SELECT principal, method, key FROM idempotency_keys
      WHERE create_time < clock_timestamp() - ${keyRetentionMs} * interval '1 millisecond'
        AND lease_until < clock_timestamp()
      ORDER BY create_time LIMIT ${MAX_ROWS}
    )`.execute(db);
}
