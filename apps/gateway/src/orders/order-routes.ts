import type { Client } from "@connectrpc/connect";
import type { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import type { Request } from "express";
import type { Route } from "../serve/route.ts";
import { parseListQuery } from "./list-query.ts";
import { listReply, orderReply } from "./order-replies.ts";
import { readCancel, readCreate, readUpdate } from "./order-requests.ts";

const READ_MS = 10_000;
const WRITE_MS = 30_000;

/** The order service over REST. */
export function orderRoutes(orders: Client<typeof OrderService>): Route[] {
  return [
    {
      method: "POST",
      path: "/v1/orders",
      timeoutMs: WRITE_MS,
      handle: async (request) => {
        const { order } = await orders.createOrder(await readCreate(request));
        return orderReply(order, { created: true });
      },
    },
    {
      method: "GET",
      path: "/v1/orders",
      timeoutMs: READ_MS,
      handle: async (request) => listReply(await orders.listOrders(parseListQuery(queryOf(request)))),
    },
    {
      method: "GET",
      path: "/v1/orders/:order_id",
      timeoutMs: READ_MS,
      handle: async (request) => {
        const { order } = await orders.getOrder({ orderId: orderIdOf(request) });
        return orderReply(order);
      },
    },
    {
      method: "PATCH",
      path: "/v1/orders/:order_id",
      timeoutMs: WRITE_MS,
      handle: async (request) => {
        const { order } = await orders.updateOrder(await readUpdate(request, orderIdOf(request)));
        return orderReply(order);
      },
    },
    {
      method: "POST",
      path: "/v1/orders/:order_id/cancel",
      timeoutMs: WRITE_MS,
      handle: async (request) => {
        const { order } = await orders.cancelOrder(await readCancel(request, orderIdOf(request)));
        return orderReply(order);
      },
    },
  ];
}

function orderIdOf(request: Request): string {
  return String(request.params.order_id);
}

function queryOf({ url }: Request): URLSearchParams {
  const at = url.indexOf("?");
  return new URLSearchParams(at < 0 ? "" : url.slice(at));
}
