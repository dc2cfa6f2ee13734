import { createClient } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import {
  type CallContext,
  type CallRecord,
  createTokenIssuer,
  createTokenVerifier,
  errorDetails,
  generateTokenKey,
  rpcError,
} from "@polywire/rpc";
import { requireCall, serverInterceptors, withCallContext } from "@polywire/rpc/node";
import { expect, test } from "vitest";
import { aborted, errorOf } from "./support/calls.ts";
import { ORDER_ID, startOrders } from "./support/orders-server.ts";

const issuer = createTokenIssuer({ privateJwk: await generateTokenKey() });
const headers = { authorization: `Bearer ${await issuer.issue({ subject: "customer-1", scopes: ["a"] })}` };
const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

function interceptors(records: CallRecord[] = []) {
  const log = (record: CallRecord) => records.push(record);
  return serverInterceptors({ log, verify: createTokenVerifier({ keys: issuer.jwks }) });
}

/** Two servers: the first one answers with what the second one answers it. */
async function startTwoHops(second: (context: CallContext) => Promise<object>) {
  const records: CallRecord[] = [];
  const hops: CallContext[] = [];
  const far = await startOrders(
    {
      getOrder: () => {
        hops.push({ ...requireCall(), deadlineMs: requireCall().deadlineMs });
        return second(requireCall());
      },
    },
    { interceptors: interceptors(records) },
  );
  const next = createClient(OrderService, withCallContext(far.transport, { marginMs: 20 }));
  const near = await startOrders(
    {
      getOrder: (request) => {
        hops.push({ ...requireCall(), deadlineMs: requireCall().deadlineMs });
        return next.getOrder({ orderId: request.orderId });
      },
      async *watchOrders() {
        yield {};
        await next.getOrder({ orderId: ORDER_ID });
      },
    },
    { interceptors: interceptors(records) },
  );
  return {
    near,
    hops,
    records,
    async [Symbol.asyncDispose]() {
      await near[Symbol.asyncDispose]();
      await far[Symbol.asyncDispose]();
    },
  };
}

test("deadline, request id, trace and caller reach the second hop, and the deadline shrinks on the way", async () => {
  await using system = await startTwoHops(async () => ({}));
  await system.near.client.getOrder(
    { orderId: ORDER_ID },
    { headers: { ...headers, "x-request-id": "abc", traceparent: TRACEPARENT }, timeoutMs: 5000 },
  );
  const [first, second] = system.hops;
  expect(first).toMatchObject({ requestId: "abc", traceparent: TRACEPARENT, principal: { subject: "customer-1" } });
  expect(second).toMatchObject({ requestId: "abc", traceparent: TRACEPARENT, principal: { subject: "customer-1" } });
  // By the margin at least; the clock of a loopback hop adds a little.
  expect((first?.deadlineMs ?? 0) - (second?.deadlineMs ?? 0)).toBeGreaterThanOrEqual(10);
});

test("the request id comes back with an answer and with an error", async () => {
  await using system = await startTwoHops(async () => ({}));
  const seen: (string | null)[] = [];
  const options = { headers: { ...headers, "x-request-id": "abc" } };
  const onHeader = (header: Headers) => seen.push(header.get("x-request-id"));
  await system.near.client.getOrder({ orderId: ORDER_ID }, { ...options, onHeader });
  seen.push((await errorOf(system.near.client.getOrder({ orderId: "7" }, options))).metadata.get("x-request-id"));
  seen.push((await errorOf(system.near.client.getOrder({ orderId: "7" }))).metadata.get("x-request-id"));
  expect(seen).toEqual(["abc", "abc", expect.stringMatching(/^[0-9a-f-]{36}$/)]);
});

test("a client that leaves cancels the second hop", async () => {
  const started = Promise.withResolvers<void>();
  const reason = Promise.withResolvers<unknown>();
  await using system = await startTwoHops(async ({ signal }) => {
    started.resolve();
    reason.resolve(await aborted(signal));
    throw rpcError("CALL_CANCELLED", "left");
  });
  const leave = new AbortController();
  const ending = errorOf(system.near.client.getOrder({ orderId: ORDER_ID }, { headers, signal: leave.signal }));
  await started.promise;
  leave.abort();
  await ending;
  expect(errorDetails((await reason.promise) as never).reason).toBe("CALL_CANCELLED");
  await expect.poll(() => system.records.map(({ code }) => code)).toEqual(["CANCELED", "CANCELED"]);
});

test("a client that leaves a stream cancels what its handler waits for on the second hop", async () => {
  const started = Promise.withResolvers<void>();
  const reason = Promise.withResolvers<unknown>();
  await using system = await startTwoHops(async ({ signal }) => {
    started.resolve();
    reason.resolve(await aborted(signal));
    return {};
  });
  const leave = new AbortController();
  const ending = errorOf(Array.fromAsync(system.near.client.watchOrders({}, { headers, signal: leave.signal })));
  await started.promise;
  leave.abort();
  await ending;
  expect(errorDetails((await reason.promise) as never).reason).toBe("CALL_CANCELLED");
});

test("a deadline set by the client ends the work of the second hop", async () => {
  const reason = Promise.withResolvers<unknown>();
  await using system = await startTwoHops(async ({ signal }) => {
    reason.resolve(await aborted(signal));
    return {};
  });
  const error = await errorOf(system.near.client.getOrder({ orderId: ORDER_ID }, { headers, timeoutMs: 100 }));
  expect(error.code).toBe(4);
  expect(errorDetails((await reason.promise) as never).reason).toBe("DEADLINE_PASSED");
});

test("a call without enough time for a second hop does not make it", async () => {
  await using system = await startTwoHops(async () => ({}));
  const error = await errorOf(system.near.client.getOrder({ orderId: ORDER_ID }, { headers, timeoutMs: 15 }));
  expect(error.code).toBe(4);
  expect(system.hops.length).toBeLessThan(2);
});

test("an error of the second hop reaches the client with its reason, and no other text of it", async () => {
  await using system = await startTwoHops(() => Promise.reject(rpcError("OUT_OF_STOCK", "no stock")));
  const error = await errorOf(system.near.client.getOrder({ orderId: ORDER_ID }, { headers }));
  expect([errorDetails(error).reason, error.rawMessage]).toEqual(["OUT_OF_STOCK", "no stock"]);
});

test("a second hop that fails is INTERNAL for the client too", async () => {
  await using system = await startTwoHops(() => Promise.reject(new Error("secret")));
  const error = await errorOf(system.near.client.getOrder({ orderId: ORDER_ID }, { headers }));
  expect([errorDetails(error).reason, error.rawMessage]).toEqual(["INTERNAL", "internal error"]);
});
