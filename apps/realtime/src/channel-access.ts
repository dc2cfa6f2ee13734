import type { Client } from "@connectrpc/connect";
import type { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import type { AuthorizeChannel } from "@polywire/realtime/server";
import { requireScope, rpcError } from "@polywire/rpc";
import { runInCall } from "@polywire/rpc/node";

/** How long the order service may take to say whose an order is, in milliseconds. */
const OWNERSHIP_TIMEOUT_MS = 5000;

/**
 * Who may listen to what: `orders` whoever may fulfil orders, a customer's channel that customer, an order's channel who
 * may read that order. The order service decides the last, so that there is one rule.
 */
export function createChannelAccess(orders: Client<typeof OrderService>): AuthorizeChannel {
  return async (channel, { principal, token, requestId, signal }) => {
    switch (channel.kind) {
      case "orders":
        requireScope(principal, "orders:fulfil");
        return;
      case "customer":
        if (channel.customerId !== principal.subject) {
          throw rpcError("CHANNEL_FORBIDDEN", "a customer's channel is open to that customer only");
        }
        return;
      case "order": {
        const deadlineMs = Date.now() + OWNERSHIP_TIMEOUT_MS;
        const call = { deadlineMs, signal, principal, token, requestId, traceparent: undefined };
        await runInCall(call, () => orders.getOrder({ orderId: channel.orderId }));
      }
    }
  };
}
