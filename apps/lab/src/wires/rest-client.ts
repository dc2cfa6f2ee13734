import { create, fromJsonString, toJsonString } from "@bufbuild/protobuf";
import { OrderSchema } from "@polywire/contract/polywire/orders/v1/order";
import {
  CancelOrderRequestSchema,
  CreateOrderRequestSchema,
} from "@polywire/contract/polywire/orders/v1/order_service";
import { fromProblem } from "@polywire/http";
import { type ExchangeResponse, type HttpExchange, http1Exchange, http2Exchange } from "./http-exchange.ts";
import type { CallOptions, ClientOptions, OrderClient } from "./wire.ts";

/** REST over HTTP/1.1. */
export const restH1Client = (options: ClientOptions): OrderClient => restClient(http1Exchange(options), options);

/** REST over HTTP/2. */
export const restH2Client = (options: ClientOptions): OrderClient => restClient(http2Exchange(options), options);

function restClient(exchange: HttpExchange, { token }: ClientOptions): OrderClient {
  async function call(
    request: { method: string; path: string; headers?: Record<string, string>; body?: string },
    { signal, timeoutMs, requestId }: CallOptions = {},
  ) {
    const headers: Record<string, string> = { authorization: `Bearer ${token}`, ...request.headers };
    if (request.body !== undefined) headers["content-type"] = "application/json";
    if (requestId !== undefined) headers["x-request-id"] = requestId;
    if (timeoutMs !== undefined) headers["request-timeout-ms"] = String(timeoutMs);
    return orderOf(await exchange.send({ ...request, headers, ...(signal && { signal }) }));
  }

  return {
    createOrder: (init, options) => {
      const request = create(CreateOrderRequestSchema, init);
      const { idempotencyKey: key } = request;
      return call(
        {
          method: "POST",
          path: "/v1/orders",
          // The key travels in its header.
          body: toJsonString(CreateOrderRequestSchema, { ...request, idempotencyKey: "" }),
          ...(key !== "" && { headers: { "idempotency-key": key } }),
        },
        options,
      );
    },
    getOrder: (orderId, options) => call({ method: "GET", path: orderPath(orderId) }, options),
    cancelOrder: (init, options) => {
      const request = create(CancelOrderRequestSchema, init);
      return call(
        {
          method: "POST",
          path: `${orderPath(request.orderId)}/cancel`,
          // The id is in the path.
          body: toJsonString(CancelOrderRequestSchema, { ...request, orderId: "" }),
        },
        options,
      );
    },
    [Symbol.asyncDispose]: async () => exchange.close(),
  };
}

const orderPath = (orderId: string): string => `/v1/orders/${encodeURIComponent(orderId)}`;

function orderOf({ status, body }: ExchangeResponse) {
  if (status >= 400) throw fromProblem(status, JSON.parse(body));
  return fromJsonString(OrderSchema, body);
}
