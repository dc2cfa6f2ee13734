import type { OrderEvent } from "@polywire/contract/polywire/orders/v1/order";
import { rpcError } from "@polywire/rpc";
import type { Dependencies } from "../dependencies.ts";
import { currentViewer, type Viewer } from "../orders/viewer.ts";
import type { OrderMethods } from "./methods.ts";

/** Follows the changes of the orders that the caller may see. */
export function watchOrders({ log, draining, limits }: Dependencies): OrderMethods["watchOrders"] {
  return async function* watch({ cursor, orderIds }, context) {
    const wanted = wantedBy(currentViewer(), orderIds);
    let lastSentMs = performance.now();
    for await (const message of log.read({ cursor, signal: AbortSignal.any([context.signal, draining]) })) {
      if (message.kind === "started") {
        const { recovery, cursor: start } = message;
        yield { message: { case: "started", value: { recovery, cursor: start } } };
      } else if (message.kind === "event" && wanted(message.event)) {
        yield { message: { case: "event", value: message.event } };
      } else {
        // A busy log of other people's events must not look like silence.
        const position = message.kind === "event" ? message.event.cursor : message.cursor;
        const isDue = message.kind === "heartbeat" || performance.now() - lastSentMs >= limits.heartbeatMs;
        if (!isDue || position === undefined) continue;
        yield { message: { case: "heartbeat", value: position } };
      }
      lastSentMs = performance.now();
    }
    if (draining.aborted) throw rpcError("DRAINING", "this server is shutting down; resume from the last cursor");
  };
}

function wantedBy(viewer: Viewer, orderIds: readonly string[]): (event: OrderEvent) => boolean {
  const ids = new Set(orderIds.map((orderId) => orderId.toLowerCase()));
  return ({ order }) => {
    if (order === undefined) return false;
    const isVisible = viewer.seesAll || order.customerId === viewer.subject;
    return isVisible && (ids.size === 0 || ids.has(order.orderId));
  };
}
