import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import type { Order } from "@polywire/contract/polywire/orders/v1/order";
import type { FulfilOrdersResponseSchema, OrderService } from "@polywire/contract/polywire/orders/v1/order_service";

/** A service of the four call modes over orders in memory, and what it was asked. */
export interface SmallOrderService {
  readonly methods: Partial<ServiceImpl<typeof OrderService>>;
  /** Unary calls served. */
  readonly calls: number;
  /** Messages of bidirectional streams received. */
  readonly commands: number;
}

/** Serves these orders: one by its id, all of them as a stream, and takes streams of them. */
export function createOrderService(orders: readonly Order[]): SmallOrderService {
  const byId = new Map(orders.map((order) => [order.orderId, order]));
  const served = { calls: 0, commands: 0 };
  return {
    get calls() {
      return served.calls;
    },
    get commands() {
      return served.commands;
    },
    methods: {
      getOrder({ orderId }) {
        served.calls += 1;
        const order = byId.get(orderId);
        return order === undefined ? {} : { order };
      },
      async *exportOrders() {
        for (const order of orders) yield { orders: [order] };
      },
      async importOrders(lines) {
        let storedOrders = 0n;
        for await (const _ of lines) storedOrders += 1n;
        return { storedOrders };
      },
      // Each command is answered, and work is offered.
      async *fulfilOrders(commands): AsyncGenerator<Response> {
        for await (const { commandId } of commands) {
          served.commands += 1;
          yield { message: { case: "result", value: { commandId, code: "OK" } } };
          yield { message: { case: "offer", value: {} } };
        }
      },
    },
  };
}

type Response = MessageInitShape<typeof FulfilOrdersResponseSchema>;
