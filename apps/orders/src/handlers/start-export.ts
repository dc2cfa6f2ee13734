import type { Dependencies } from "../dependencies.ts";
import { recordExport } from "../exports/record-export.ts";
import { currentViewer } from "../orders/viewer.ts";
import type { OrderMethods } from "./methods.ts";

/** Records an export; the worker of some instance writes it. */
export function startExport({ db, limits, exportAdded }: Dependencies): OrderMethods["startExport"] {
  return async (request) => {
    const started = await recordExport(db, request, { viewer: currentViewer(), maxExports: limits.maxExports });
    exportAdded.wake();
    return started === undefined ? {} : { export: started };
  };
}
