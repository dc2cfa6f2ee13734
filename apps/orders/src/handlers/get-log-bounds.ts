import { requireScope } from "@polywire/rpc";
import type { Dependencies } from "../dependencies.ts";
import { currentPrincipal } from "../orders/viewer.ts";
import type { EventLogMethods } from "./methods.ts";
import { READ_EVENTS_SCOPE } from "./read-log.ts";

/** Tells where the log begins and ends. */
export function getLogBounds({ log }: Dependencies): EventLogMethods["getLogBounds"] {
  return async () => {
    requireScope(currentPrincipal(), READ_EVENTS_SCOPE);
    return await log.bounds();
  };
}
