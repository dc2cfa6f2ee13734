import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import {
  ExportFailureSchema,
  type ExportFormat,
  ExportState,
  OrderFilterSchema,
} from "@polywire/contract/polywire/orders/v1/order_service";
import { codeName, errorDetails, rpcError } from "@polywire/rpc";
import { type Kysely, type RawBuilder, type SqlBool, sql } from "kysely";
import type { OrderSnapshots } from "../orders/order-snapshots.ts";
import type { Tables } from "../schema/tables.ts";
import { headOf, linesOf } from "./format.ts";

/** Bounds of exports that are written in the background. */
export interface ExportLimits {
  /** How long an export counts as being written without a sign of its writer, in milliseconds. */
  leaseMs: number;
  /** How long a finished export is kept, in milliseconds. */
  retentionMs: number;
  /** The most that one export may write, in bytes. */
  maxBytes: number;
}

/** What an export's writer works with. */
export interface ExportWriting {
  db: Kysely<Tables>;
  snapshots: OrderSnapshots;
  limits: ExportLimits;
}

/** An export that this process writes. */
export interface ClaimedExport {
  export_id: string;
  customer_id: string;
  sees_all: boolean;
  filter: Uint8Array;
  format: ExportFormat;
  token: string;
  attempts: number;
}

/** Where a piece ends: small enough for one message, large enough that a transaction for each costs little. */
const CHUNK_BYTES = 512 * 1024;

/** Thrown when the lease has run out and another process has taken the export over: nothing of this one counts. */
class LeaseLost extends Error {}

/**
 * Writes an export and says what became of it. Each piece is stored in a transaction that only takes effect while the
 * lease is this process's, so that two writers never mix.
 *
 * @param signal gives up: the export is left to the next writer
 * @throws what says nothing about the export, such as a lost connection; it is left to the next attempt
 */
export async function writeExport(writing: ExportWriting, claimed: ClaimedExport, signal: AbortSignal): Promise<void> {
  try {
    using _lease = keepLease(writing, claimed);
    await write(writing, claimed, signal);
  } catch (error) {
    if (error instanceof LeaseLost) return;
    if (signal.aborted) return await giveBack(writing.db, claimed);
    if (!(error instanceof ConnectError) || errorDetails(error).reason === undefined) throw error;
    await failExport(writing, claimed, error);
  }
}

async function write({ db, snapshots, limits }: ExportWriting, claimed: ClaimedExport, signal: AbortSignal) {
  const { customer_id, sees_all, format, export_id } = claimed;
  const filter = fromBinary(OrderFilterSchema, claimed.filter);
  const viewer = { subject: customer_id, seesAll: sees_all };
  await using snapshot = await snapshots.open({ filter, viewer }, signal);
  let pending = headOf(format);
  let [chunks, bytes, orders] = [0, 0, 0];
  const flush = async (state: ExportState): Promise<void> => {
    const data = Buffer.from(pending);
    pending = "";
    bytes += data.byteLength;
    if (bytes > limits.maxBytes) {
      throw rpcError("RESPONSE_TOO_LARGE", `the export is larger than ${limits.maxBytes} bytes; export less`);
    }
    await db.transaction().execute(async (transaction) => {
      await renew(transaction, claimed, { state, orders, limits });
      // What a writer before has left.
      if (chunks === 0) await transaction.deleteFrom("export_chunks").where("export_id", "=", export_id).execute();
      for (let at = 0; at < data.byteLength; at += CHUNK_BYTES, chunks += 1) {
        const piece = data.subarray(at, at + CHUNK_BYTES);
        await transaction.insertInto("export_chunks").values({ export_id, number: chunks, data: piece }).execute();
      }
    });
  };
  for (;;) {
    signal.throwIfAborted();
    const next = await snapshot.next();
    if (next.length === 0) break;
    for (const order of next) pending += linesOf(format, order);
    orders += next.length;
    if (pending.length >= CHUNK_BYTES) await flush(ExportState.RUNNING);
  }
  await flush(ExportState.SUCCEEDED);
}

/** Makes the lease later while a statement takes long. That it is lost shows when the next piece is to be stored. */
function keepLease({ db, limits }: ExportWriting, claimed: ClaimedExport): Disposable {
  let isRenewing = false;
  const renewed = (): void => {
    isRenewing = false;
  };
  const timer = setInterval(() => {
    if (isRenewing) return;
    isRenewing = true;
    const later = db.updateTable("exports").set({ lease_until: inMs(limits.leaseMs) });
    later.where(heldBy(claimed)).execute().then(renewed, renewed);
  }, limits.leaseMs / 3);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Stores progress and makes the lease later, or ends it. @throws LeaseLost */
async function renew(
  transaction: Kysely<Tables>,
  claimed: ClaimedExport,
  { state, orders, limits }: { state: ExportState; orders: number; limits: ExportLimits },
): Promise<void> {
  const { numUpdatedRows } = await transaction
    .updateTable("exports")
    .set({ state, written_orders: BigInt(orders), lease_until: inMs(limits.leaseMs) })
    .$if(state !== ExportState.RUNNING, (query) => query.set({ expire_time: inMs(limits.retentionMs) }))
    .where(heldBy(claimed))
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw new LeaseLost();
}

/** Ends an export without a result. */
export async function failExport({ db, limits }: ExportWriting, claimed: ClaimedExport, error: ConnectError) {
  const failure = create(ExportFailureSchema, {
    code: codeName(error.code),
    reason: errorDetails(error).reason ?? "",
    message: error.rawMessage,
  });
  await db.transaction().execute(async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable("exports")
      .set({
        state: ExportState.FAILED,
        failure: Buffer.from(toBinary(ExportFailureSchema, failure)),
        expire_time: inMs(limits.retentionMs),
      })
      .where(heldBy(claimed))
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) return;
    await transaction.deleteFrom("export_chunks").where("export_id", "=", claimed.export_id).execute();
  });
}

/** Lets another process write it at once, as if this one had not begun. */
async function giveBack(db: Kysely<Tables>, claimed: ClaimedExport): Promise<void> {
  await db
    .updateTable("exports")
    .set({ token: null, lease_until: inMs(0), attempts: claimed.attempts - 1 })
    .where(heldBy(claimed))
    .execute();
}

function heldBy({ export_id, token }: ClaimedExport): RawBuilder<SqlBool> {
  return sql`export_id = ${export_id} AND token = ${token} AND expire_time IS NULL`;
}

function inMs(durationMs: number): RawBuilder<Date> {
  return sql<Date>`clock_timestamp() + ${durationMs} * interval '1 millisecond'`;
}
