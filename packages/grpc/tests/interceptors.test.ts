import type { Interceptor, StreamRequest, UnaryRequest } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { all, stream } from "./support/calls.ts";
import { ORDER_ID, startOrders } from "./support/orders-server.ts";

test("interceptors are put around a method once, not once a call", async () => {
  let built = 0;
  const counting: Interceptor = (next) => {
    built += 1;
    return next;
  };
  await using orders = await startOrders({ getOrder: () => ({}) }, { interceptors: [counting] });
  const builtForAllMethods = built;
  await orders.client.getOrder({});
  await orders.client.getOrder({});
  expect(built).toBe(builtForAllMethods);
});

test("interceptors see what connect-es promises, outermost first", async () => {
  const seen: string[] = [];
  let request: UnaryRequest | StreamRequest | undefined;
  const named =
    (name: string): Interceptor =>
    (next) =>
    async (received) => {
      seen.push(name);
      request = received;
      return next(received);
    };
  await using orders = await startOrders({ getOrder: () => ({}) }, { interceptors: [named("outer"), named("inner")] });
  await orders.client.getOrder({ orderId: ORDER_ID }, { headers: { "x-question": "why" } });
  expect(seen).toEqual(["outer", "inner"]);
  expect(request).toMatchObject({
    stream: false,
    requestMethod: "POST",
    url: `http://${orders.address}/polywire.orders.v1.OrderService/GetOrder`,
    message: { orderId: ORDER_ID },
  });
  expect(request?.service.typeName).toBe("polywire.orders.v1.OrderService");
  expect(request?.method.name).toBe("GetOrder");
  expect(request?.header.get("x-question")).toBe("why");
  expect(request?.signal).toBeInstanceOf(AbortSignal);
});

test("interceptors may pass on a copy: later ones and the handler see the change, and still have the signal", async () => {
  const changing: Interceptor = (next) => async (request) =>
    next({ ...request, header: new Headers({ "x-changed": "yes" }) } as typeof request);
  let signal: AbortSignal | undefined;
  const later: Interceptor = (next) => (request) => {
    signal = request.signal;
    return next(request);
  };
  let seen: (string | boolean | null)[] = [];
  const handler = (context: { requestHeader: Headers; signal: AbortSignal; timeoutMs: () => number | undefined }) => {
    seen = [context.requestHeader.get("x-changed"), context.signal === signal, (context.timeoutMs() ?? 0) > 0];
    return {};
  };
  await using orders = await startOrders(
    { getOrder: (_request, context) => handler(context), importOrders: async (_requests, context) => handler(context) },
    { interceptors: [changing, later] },
  );
  await orders.client.getOrder({}, { timeoutMs: 5000 });
  expect(seen).toEqual(["yes", true, true]);
  await orders.client.importOrders(stream({}), { timeoutMs: 5000 });
  expect(seen).toEqual(["yes", true, true]);
});

test("interceptors may change responses, headers and trailers", async () => {
  const changing: Interceptor = (next) => async (request) => {
    const response = await next(request);
    const header = new Headers({ "x-header": "new" });
    const trailer = new Headers({ "x-trailer": "new" });
    return { ...response, header, trailer } as typeof response;
  };
  await using orders = await startOrders(
    {
      getOrder: () => ({}),
      async *watchOrders() {
        yield {};
      },
    },
    { interceptors: [changing] },
  );
  const seen: (string | null)[] = [];
  const options = {
    onHeader: (header: Headers) => seen.push(header.get("x-header")),
    onTrailer: (trailer: Headers) => seen.push(trailer.get("x-trailer")),
  };
  await orders.client.getOrder({}, options);
  await all(orders.client.watchOrders({}, options));
  expect(seen).toEqual(["new", "new", "new", "new"]);
});

test("interceptors of the client see and change its calls", async () => {
  const adding: Interceptor = (next) => (request) => {
    request.header.set("x-added", "yes");
    return next(request);
  };
  let seen: string | null = null;
  await using orders = await startOrders(
    {
      getOrder: (_request, context) => {
        seen = context.requestHeader.get("x-added");
        return {};
      },
    },
    { transport: { interceptors: [adding] } },
  );
  await orders.client.getOrder({});
  expect(seen).toBe("yes");
});
