import { create, fromBinary } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { ConnectError } from "@connectrpc/connect";
import {
  type Export,
  ExportFailureSchema,
  ExportSchema,
  ExportState,
} from "@polywire/contract/polywire/orders/v1/order_service";
import { rpcError } from "@polywire/rpc";
import { type Kysely, sql } from "kysely";
import { micros, timestampOf } from "../schema/micros.ts";
import type { Tables } from "../schema/tables.ts";

const POLL_AFTER_MS = 1000;

/** The customer's export, as long as it is kept. */
export async function findExport(
  db: Kysely<Tables>,
  exportId: string,
  customerId: string,
): Promise<Export | undefined> {
  const row = await db
    .selectFrom("exports")
    .select(["export_id", "state", "written_orders", "failure", "format"])
    .select([micros("create_time").as("create_micros"), micros("expire_time").as("expire_micros")])
    .where("export_id", "=", exportId)
    .where("customer_id", "=", customerId)
    .where(sql<boolean>`(expire_time IS NULL OR expire_time > clock_timestamp())`)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const found = create(ExportSchema, {
    exportId: row.export_id,
    state: row.state,
    format: row.format,
    writtenOrders: row.written_orders,
    createTime: timestampOf(row.create_micros),
  });
  if (row.state === ExportState.RUNNING) found.pollAfter = durationFromMs(POLL_AFTER_MS);
  if (row.failure !== null) found.failure = fromBinary(ExportFailureSchema, row.failure);
  if (row.state === ExportState.SUCCEEDED) {
    found.downloadPath = `/v1/exports/${row.export_id}/content`;
    found.expireTime = timestampOf(row.expire_micros);
  }
  return found;
}

/** The answer for an export that is missing, removed or somebody else's: they look the same. */
export function exportNotFound(exportId: string): ConnectError {
  return rpcError("EXPORT_NOT_FOUND", `there is no export ${exportId}`, {
    resource: { type: "export", name: exportId },
  });
}
