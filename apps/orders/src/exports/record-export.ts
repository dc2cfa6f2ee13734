import { createHash, randomUUID } from "node:crypto";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import {
  type Export,
  ExportState,
  OrderFilterSchema,
  type StartExportRequest,
  StartExportRequestSchema,
  StartExportResponseSchema,
} from "@polywire/contract/polywire/orders/v1/order_service";
import { rpcError } from "@polywire/rpc";
import { type Kysely, sql } from "kysely";
import { claimDone } from "../idempotency/claim-done.ts";
import type { Viewer } from "../orders/viewer.ts";
import type { Tables } from "../schema/tables.ts";
import { findExport } from "./export-row.ts";

const METHOD = "StartExport";
const RETRY_MS = 10_000;

/**
 * Records an export for the worker, unless the key has been used before: then the export of that call is the answer.
 *
 * @throws TOO_MANY_EXPORTS when the customer has `maxExports` that are written or kept, and what `claimDone` says
 */
export async function recordExport(
  db: Kysely<Tables>,
  request: StartExportRequest,
  { viewer, maxExports }: { viewer: Viewer; maxExports: number },
): Promise<Export | undefined> {
  const { subject, seesAll } = viewer;
  return await db.transaction().execute(async (transaction) => {
    // One after the other for each customer, so that they count right.
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`polywire exports ${subject}`}, 0))`.execute(transaction);
    const { filter = create(OrderFilterSchema), format } = request;
    const exportId = randomUUID();
    const { kept } = await transaction
      .selectFrom("exports")
      .select(sql<number>`count(*)::int`.as("kept"))
      .where("customer_id", "=", subject)
      // Of those that failed nothing is kept but the reason.
      .where("state", "<>", ExportState.FAILED)
      .where(sql<boolean>`(expire_time IS NULL OR expire_time > clock_timestamp())`)
      .executeTakeFirstOrThrow();
    const before = await startedBefore(transaction, request, { subject, exportId });
    if (before !== undefined) return before;
    if (kept >= maxExports) {
      throw rpcError("TOO_MANY_EXPORTS", `a customer has ${maxExports} exports at most`, { retryAfterMs: RETRY_MS });
    }
    await transaction
      .insertInto("exports")
      .values({
        export_id: exportId,
        customer_id: subject,
        sees_all: seesAll,
        filter: Buffer.from(toBinary(OrderFilterSchema, filter)),
        format,
      })
      .execute();
    return await findExport(transaction, exportId, subject);
  });
}

/** The export that a call with the same key has started. @throws what `claimDone` refuses the key with */
async function startedBefore(
  transaction: Kysely<Tables>,
  { filter, format, idempotencyKey: key }: StartExportRequest,
  { subject, exportId }: { subject: string; exportId: string },
): Promise<Export | undefined> {
  if (key === "") return undefined;
  const meant = create(StartExportRequestSchema, { format, ...(filter && { filter }) });
  const requestHash = createHash("sha256").update(toBinary(StartExportRequestSchema, meant)).digest();
  const started = create(StartExportResponseSchema, { export: { exportId, state: ExportState.RUNNING } });
  const reply = toBinary(StartExportResponseSchema, started);
  const scope = { principal: subject, method: METHOD };
  const [state] = await claimDone(transaction, scope, [{ key, requestHash, orderId: exportId, reply }]);
  if (state === "new") return undefined;
  if (state instanceof ConnectError) throw state;
  const known = await transaction
    .selectFrom("idempotency_keys")
    .select(["order_id", "reply"])
    .where("principal", "=", subject)
    .where("method", "=", METHOD)
    .where("key", "=", key)
    .executeTakeFirstOrThrow();
  // One that has been removed is answered as it was: who asks for it then learns that it has gone.
  return (
    (await findExport(transaction, known.order_id, subject)) ??
    fromBinary(StartExportResponseSchema, known.reply ?? reply).export
  );
}
