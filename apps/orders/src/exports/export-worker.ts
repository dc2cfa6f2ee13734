import type { ConnectError } from "@connectrpc/connect";
import { ExportState } from "@polywire/contract/polywire/orders/v1/order_service";
import { rpcError } from "@polywire/rpc";
import { type Kysely, sql } from "kysely";
import type { Logger } from "pino";
import { keepRunning } from "../log/keep-running.ts";
import type { WakeUp } from "../log/wake-up.ts";
import type { Tables } from "../schema/tables.ts";
import { type ClaimedExport, type ExportWriting, failExport, writeExport } from "./write-export.ts";

/** Options of `startExportWorker`. */
export interface ExportWorkerOptions extends ExportWriting {
  logger: Logger;
  /** Called when there may be something to do. */
  wakeUp: WakeUp;
  /** How often it looks without having been woken, in milliseconds. */
  pollMs: number;
}

/** Writers that an export may outlive: one that ends its process is not tried for ever. */
const MAX_ATTEMPTS = 3;
const MAX_REMOVED = 10;

/**
 * Writes exports one after the other, in every instance: whoever claims one first writes it, and when its lease runs out,
 * because its process has gone, another begins it again. Removes what has been kept long enough.
 */
export function startExportWorker(options: ExportWorkerOptions): { close(): Promise<void> } {
  const { db, logger, wakeUp, pollMs } = options;
  const stopping = new AbortController();
  const ended = keepRunning({ what: "writing exports", logger, signal: stopping.signal }, async (signal, healthy) => {
    while (!signal.aborted) {
      await removeOld(db);
      const claimed = await claim(options);
      healthy();
      if (claimed === undefined) await wakeUp.wait(pollMs, signal);
      else if (claimed.attempts > MAX_ATTEMPTS) await failExport(options, claimed, gaveUp());
      else await writeExport(options, claimed, signal);
    }
  });
  return {
    async close() {
      stopping.abort();
      await ended;
    },
  };
}

async function claim({ db, limits }: ExportWorkerOptions): Promise<ClaimedExport | undefined> {
  const { rows } = await sql<ClaimedExport>`
    UPDATE exports
    SET token = gen_random_uuid(), attempts = attempts + 1,
        lease_until = clock_timestamp() + ${limits.leaseMs} * interval '1 millisecond'
    WHERE export_id = (
      SELECT export_id FROM exports
      WHERE expire_time IS NULL AND state = ${sql.lit(ExportState.RUNNING)} AND lease_until <= clock_timestamp()
      ORDER BY lease_until LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING export_id, customer_id, sees_all, filter, format, token, attempts`.execute(db);
  return rows[0];
}

async function removeOld(db: Kysely<Tables>): Promise<void> {
  await sql`
    DELETE FROM exports WHERE export_id IN (
      SELECT export_id FROM exports WHERE expire_time <= clock_timestamp() ORDER BY expire_time LIMIT ${MAX_REMOVED}
    )`.execute(db);
}

function gaveUp(): ConnectError {
  return rpcError("INTERNAL", "the export could not be written; start another");
}
