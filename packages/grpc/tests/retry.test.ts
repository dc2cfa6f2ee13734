import { Code, createClient, type HandlerContext } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { PREVIOUS_ATTEMPTS_HEADER, type RetryOptions, rateLimit, retry, rpcError } from "@polywire/rpc";
import { withCallContext } from "@polywire/rpc/node";
import { expect, test } from "vitest";
import { errorOf } from "./support/calls.ts";
import { ORDER_ID, startOrders } from "./support/orders-server.ts";

/** A server whose methods are UNAVAILABLE so often, the attempts it has seen, and a client that retries. */
async function startFailing(failures: number, options: RetryOptions = {}, retryAfterMs?: number) {
  const previousAttempts: (string | null)[] = [];
  const answer = (_request: unknown, { requestHeader }: HandlerContext) => {
    previousAttempts.push(requestHeader.get(PREVIOUS_ATTEMPTS_HEADER));
    if (previousAttempts.length > failures) return { order: { orderId: ORDER_ID } };
    throw rpcError("DRAINING", "shutting down", retryAfterMs === undefined ? {} : { retryAfterMs });
  };
  const interceptors = [retry({ initialBackoffMs: 1, ...options })];
  const orders = await startOrders({ getOrder: answer, createOrder: answer }, { transport: { interceptors } });
  return {
    client: createClient(OrderService, withCallContext(orders.transport)),
    previousAttempts,
    [Symbol.asyncDispose]: () => orders[Symbol.asyncDispose](),
  };
}

test("retry over sockets: a server that is UNAVAILABLE twice answers the third attempt", async () => {
  await using orders = await startFailing(2);
  expect((await orders.client.getOrder({ orderId: ORDER_ID })).order?.orderId).toBe(ORDER_ID);
  expect(orders.previousAttempts).toEqual([null, "1", "2"]);
});

test("retry over sockets: a method that is not idempotent is called once", async () => {
  await using orders = await startFailing(1);
  expect((await errorOf(orders.client.createOrder({}))).code).toBe(Code.Unavailable);
  expect(orders.previousAttempts).toEqual([null]);
});

test("retry over sockets: no attempt that the deadline leaves no time for is waited for", async () => {
  await using orders = await startFailing(1, { maxWaitMs: 120_000 }, 60_000);
  const error = await errorOf(orders.client.getOrder({ orderId: ORDER_ID }, { timeoutMs: 30_000 }));
  // The server's own error, long before the deadline.
  expect(error.code).toBe(Code.Unavailable);
  expect(orders.previousAttempts).toEqual([null]);
});

test("retry over sockets: a deadline that passes while an attempt runs ends the call", async () => {
  const attempts: number[] = [];
  await using orders = await startOrders(
    {
      getOrder: () => {
        attempts.push(Date.now());
        if (attempts.length === 1) throw rpcError("DRAINING", "shutting down");
        return new Promise(() => {});
      },
    },
    { transport: { interceptors: [retry({ initialBackoffMs: 1 })] } },
  );
  const error = await errorOf(orders.client.getOrder({ orderId: ORDER_ID }, { timeoutMs: 300 }));
  expect(error.code).toBe(Code.DeadlineExceeded);
  expect(attempts).toHaveLength(2);
});

test("retry over sockets: a later attempt is told what is left of the deadline, not the whole of it", async () => {
  const leftMs: number[] = [];
  await using orders = await startOrders(
    {
      getOrder: (_request, { timeoutMs }) => {
        leftMs.push(timeoutMs() ?? Number.POSITIVE_INFINITY);
        if (leftMs.length === 1) throw rpcError("DRAINING", "shutting down", { retryAfterMs: 300 });
        return {};
      },
    },
    { transport: { interceptors: [retry()] } },
  );
  const client = createClient(OrderService, withCallContext(orders.transport));
  await client.getOrder({ orderId: ORDER_ID }, { timeoutMs: 5000 });
  expect(leftMs[1]).toBeLessThan(4750);
});

test("retry over sockets: a call over the rate passes once the server's RetryInfo is over", async () => {
  const limited = rateLimit({ perSecond: 20, burst: 1 });
  await using orders = await startOrders(
    { getOrder: () => ({}) },
    { interceptors: [limited], transport: { interceptors: [retry({ initialBackoffMs: 1 })] } },
  );
  await orders.client.getOrder({ orderId: ORDER_ID });
  await orders.client.getOrder({ orderId: ORDER_ID });
});
