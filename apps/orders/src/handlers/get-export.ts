import type { Dependencies } from "../dependencies.ts";
import { exportNotFound, findExport } from "../exports/export-row.ts";
import { currentPrincipal } from "../orders/viewer.ts";
import type { OrderMethods } from "./methods.ts";

/** Says where an export stands. */
export function getExport({ db }: Dependencies): OrderMethods["getExport"] {
  return async ({ exportId }) => {
    const found = await findExport(db, exportId, currentPrincipal().subject);
    if (found === undefined) throw exportNotFound(exportId);
    return { export: found };
  };
}
