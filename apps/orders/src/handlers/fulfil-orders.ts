import { rpcError } from "@polywire/rpc";
import type { Dependencies } from "../dependencies.ts";
import { converse } from "../fulfil/conversation.ts";
import { openStation } from "../fulfil/station.ts";
import { currentPrincipal } from "../orders/viewer.ts";
import type { OrderMethods } from "./methods.ts";

/** A packing station's conversation, from its hello on. */
export function fulfilOrders(dependencies: Dependencies): OrderMethods["fulfilOrders"] {
  const { db, log, limits, draining, detached } = dependencies;
  return async function* fulfil(requests, { signal }) {
    const principal = currentPrincipal();
    const commands = requests[Symbol.asyncIterator]();
    const first = await commands.next();
    if (first.done === true) return;
    const { command, commandId } = first.value;
    if (command.case !== "hello") throw rpcError("HELLO_MISPLACED", "a packing station says hello first");
    const station = await openStation({
      db,
      principal: principal.subject,
      stationId: command.value.stationId,
      capacity: command.value.capacity,
      leaseMs: limits.stationLeaseMs,
    });
    const drain = new AbortController();
    const onDrain = (): void => drain.abort(rpcError("DRAINING", "this server is shutting down; say hello to another"));
    draining.addEventListener("abort", onDrain);
    if (draining.aborted) onDrain();
    try {
      yield* converse({
        station,
        commands,
        helloId: commandId,
        log,
        signal: AbortSignal.any([signal, drain.signal]),
        heartbeatMs: limits.heartbeatMs,
        leaseMs: limits.stationLeaseMs,
      });
    } finally {
      draining.removeEventListener("abort", onDrain);
      // Also when the caller has left. If it fails, the offers end with their lease.
      await detached(() => station.leave()).catch(() => undefined);
    }
  };
}
