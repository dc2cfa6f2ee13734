import { toJson } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { type Order, OrderSchema, OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import { codeName, errorDetails } from "@polywire/rpc";
import { sampleOrder } from "../comparison/sample-order.ts";
import type { OrderClient } from "../wires/wire.ts";

/** What a wire answered, stripped of what differs from call to call; compared as JSON. */
export type CanonicalAnswer = unknown;

/** One thing that every wire must answer alike. */
export interface ParityCase {
  readonly name: string;
  run(client: OrderClient): Promise<CanonicalAnswer>;
}

/** The same order created and read, and the same mistakes made, over every wire. */
export const PARITY_CASES: readonly ParityCase[] = [
  {
    name: "create: the stored order",
    run: async (client) => canonicalNewOrder(await client.createOrder(sampleOrder())),
  },
  {
    name: "create twice with one idempotency key: the same order",
    run: async (client) => {
      const request = { ...sampleOrder(), idempotencyKey: crypto.randomUUID() };
      const [first, second] = [await client.createOrder(request), await client.createOrder(request)];
      return { sameOrder: JSON.stringify(canonicalOrder(first)) === JSON.stringify(canonicalOrder(second)) };
    },
  },
  { name: "missing: an order that does not exist", run: (client) => failure(client.getOrder(crypto.randomUUID())) },
  { name: "invalid: an id that is not one", run: (client) => failure(client.getOrder("not-an-order")) },
  {
    name: "invalid: a quantity of 0 and an SKU twice",
    run: (client) =>
      failure(
        client.createOrder({
          lines: [
            { sku: "SKU-00001", quantity: 0 },
            { sku: "SKU-00001", quantity: 1 },
          ],
        }),
      ),
  },
  {
    name: "missing: an SKU that does not exist",
    run: (client) => failure(client.createOrder({ lines: [{ sku: "NO-SUCH-SKU", quantity: 1 }] })),
  },
  {
    name: "conflict: a stale version",
    run: async (client) => {
      const { orderId } = await client.createOrder(sampleOrder());
      return failure(client.cancelOrder({ orderId, version: 1_000_000n }));
    },
  },
  {
    name: "conflict: one idempotency key for two different orders",
    run: async (client) => {
      const idempotencyKey = crypto.randomUUID();
      await client.createOrder({ ...sampleOrder(), idempotencyKey });
      return failure(client.createOrder({ ...sampleOrder(), note: "another", idempotencyKey }));
    },
  },
  {
    name: "cancel: the cancelled order",
    run: async (client) => {
      const { orderId } = await client.createOrder(sampleOrder());
      const { status, cancelReason } = await client.cancelOrder({ orderId, reason: "changed my mind" });
      return { cancelled: status === OrderStatus.CANCELLED, cancelReason };
    },
  },
];

/** An order, whole, as JSON. */
export function canonicalOrder(order: Order): CanonicalAnswer {
  return toJson(OrderSchema, order);
}

/** A new order without what is its own: id and times. */
function canonicalNewOrder({ orderId, createTime, updateTime, ...rest }: Order): CanonicalAnswer {
  const own = { hasId: orderId !== "", hasTimes: createTime !== undefined && updateTime !== undefined };
  return { ...own, order: toJson(OrderSchema, { ...rest, orderId: "" }) };
}

/** The error of a call that must fail: code, reason and the fields at fault. Prose may differ. */
async function failure(call: Promise<unknown>): Promise<CanonicalAnswer> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    const { reason, fieldViolations } = errorDetails(error);
    const fields = fieldViolations.map(({ field, rule }) => `${field}: ${rule}`).sort();
    return { code: codeName(error.code), reason: reason ?? null, fields };
  }
  return { code: "OK" };
}
