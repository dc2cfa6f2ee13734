import { type Client, createClient } from "@connectrpc/connect";
import type { Order } from "@polywire/contract/polywire/orders/v1/order";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";

/** The order service over gRPC. */
export type OrderClient = Client<typeof OrderService>;

/** A way to call. */
export interface Mode {
  readonly name: string;
  readonly method: string;
  /** Messages that the client is to send, and the server to answer. */
  readonly requests: number;
  readonly responses: number;
  call(client: OrderClient): Promise<unknown>;
}

/** The four modes, over these orders. */
export function fourModes(orders: readonly Order[]): readonly Mode[] {
  const [first] = orders;
  const { length: n } = orders;
  return [
    {
      name: "unary",
      method: "GetOrder",
      requests: 1,
      responses: 1,
      call: (client) => client.getOrder({ orderId: first?.orderId ?? "" }),
    },
    {
      name: "server stream",
      method: "ExportOrders",
      requests: 1,
      responses: n,
      call: (client) => Array.fromAsync(client.exportOrders({})),
    },
    {
      name: "client stream",
      method: "ImportOrders",
      requests: n,
      responses: 1,
      call: (client) => client.importOrders(each(orders, (number) => ({ lineNumber: BigInt(number) }))),
    },
    {
      name: "bidirectional",
      method: "FulfilOrders",
      requests: n,
      // A result and an offer for each command.
      responses: 2 * n,
      call: (client) => Array.fromAsync(client.fulfilOrders(each(orders, (number) => ({ commandId: number })))),
    },
  ];
}

/** Not a mode of its own: as many unary calls as there are orders. */
export function oneByOne(orders: readonly Order[]): Mode {
  return {
    name: "one by one",
    method: "GetOrder",
    requests: orders.length,
    responses: orders.length,
    async call(client) {
      for (const { orderId } of orders) await client.getOrder({ orderId });
    },
  };
}

/** A message for each order, numbered from 1. */
async function* each<T>(orders: readonly Order[], toMessage: (number: number) => T): AsyncIterable<T> {
  for (const index of orders.keys()) yield toMessage(index + 1);
}

/** A client of this address alone. */
export function connectOrders(address: string) {
  const transport = createGrpcTransport({ address });
  return { client: createClient(OrderService, transport), [Symbol.dispose]: () => transport.close() };
}
