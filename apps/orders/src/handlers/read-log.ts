import { rpcError } from "@polywire/rpc";
import type { Dependencies } from "../dependencies.ts";
import type { EventLogMethods } from "./methods.ts";

/** Streams the log from a cursor, and then live. */
export function readLog({ log, draining }: Dependencies): EventLogMethods["readLog"] {
  return async function* read({ cursor, limit }, context) {
    let events = 0;
    for await (const message of log.read({ cursor, signal: AbortSignal.any([context.signal, draining]) })) {
      if (message.kind === "started") {
        const { recovery, cursor: start } = message;
        yield { message: { case: "started", value: { recovery, cursor: start } } };
      } else if (message.kind === "event") {
        yield { message: { case: "event", value: message.event } };
        events += 1;
        if (events === limit) return;
      } else {
        yield { message: { case: "heartbeat", value: message.cursor } };
      }
    }
    if (draining.aborted) throw rpcError("DRAINING", "this server is shutting down; resume from the last cursor");
  };
}
