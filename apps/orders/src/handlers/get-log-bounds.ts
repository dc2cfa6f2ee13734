import type { Dependencies } from "../dependencies.ts";
import type { EventLogMethods } from "./methods.ts";

/** Tells where the log begins and ends. */
export function getLogBounds({ log }: Dependencies): EventLogMethods["getLogBounds"] {
  return () => log.bounds();
}
