import { ExportState } from "@polywire/contract/polywire/orders/v1/order_service";
import { rpcError } from "@polywire/rpc";
import type { Dependencies } from "../dependencies.ts";
import { exportNotFound, findExport } from "../exports/export-row.ts";
import { currentPrincipal } from "../orders/viewer.ts";
import type { OrderMethods } from "./methods.ts";

/** Streams what an export has written. The next piece is read when the caller has taken the one before. */
export function downloadExport({ db }: Dependencies): OrderMethods["downloadExport"] {
  return async function* download({ exportId }) {
    const found = await findExport(db, exportId, currentPrincipal().subject);
    if (found === undefined) throw exportNotFound(exportId);
    if (found.state !== ExportState.SUCCEEDED) {
      throw rpcError("EXPORT_NOT_READY", "the export is not written yet, or has failed; ask for its state", {
        resource: { type: "export", name: exportId },
      });
    }
    for (let number = 0; ; number += 1) {
      const piece = await db
        .selectFrom("exports")
        .leftJoin("export_chunks", (join) =>
          join.onRef("export_chunks.export_id", "=", "exports.export_id").on("export_chunks.number", "=", number),
        )
        .select("data")
        .where("exports.export_id", "=", exportId)
        .executeTakeFirst();
      // Removed while it is read: an end here would look like the end of the orders.
      if (piece === undefined) throw exportNotFound(exportId);
      if (piece.data === null) return;
      yield { data: piece.data };
    }
  };
}
