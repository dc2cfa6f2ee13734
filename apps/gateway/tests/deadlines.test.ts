import { once } from "node:events";
import { connect } from "node:net";
import { requireCall } from "@polywire/rpc/node";
import { expect, test } from "vitest";
import { aProblem, gatewayUnderTest, ORDER_ID, problemOf } from "./gateway-under-test.ts";

/** An order service whose reads wait until they are cancelled, and tell when that was. */
function waitingOrders() {
  const started = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<number>();
  return {
    started: started.promise,
    cancelledAtMs: cancelled.promise,
    implementation: {
      getOrder: async () => {
        const { signal } = requireCall();
        started.resolve();
        if (!signal.aborted) await once(signal, "abort");
        cancelled.resolve(performance.now());
        throw signal.reason;
      },
    },
  };
}

test("Request-Timeout-Ms + is 504 at the deadline, and orders stops working on it", async () => {
  const orders = waitingOrders();
  await using gateway = await gatewayUnderTest({ orders: orders.implementation });
  const startedMs = performance.now();
  const response = await gateway.call(`/v1/orders/${ORDER_ID}`, { headers: { "request-timeout-ms": "200" } });
  const tookMs = performance.now() - startedMs;
  expect(await problemOf(response)).toMatchObject(aProblem(504, "DEADLINE_EXCEEDED", "DEADLINE_PASSED"));
  expect(tookMs).toBeLessThan(700);
  expect((await orders.cancelledAtMs) - startedMs).toBeLessThan(700);
});

test("a deadline too short to ask orders + is 504 at once", async () => {
  await using gateway = await gatewayUnderTest({ orders: waitingOrders().implementation });
  const response = await gateway.call(`/v1/orders/${ORDER_ID}`, { headers: { "request-timeout-ms": "1" } });
  expect(await problemOf(response)).toMatchObject(aProblem(504, "DEADLINE_EXCEEDED", "DEADLINE_PASSED"));
});

test("a client that leaves + has its call cancelled at orders within 500 ms", async () => {
  const orders = waitingOrders();
  await using gateway = await gatewayUnderTest({ orders: orders.implementation });
  const leaving = new AbortController();
  const answer = gateway.call(`/v1/orders/${ORDER_ID}`, { signal: leaving.signal });
  await orders.started;
  const leftMs = performance.now();
  leaving.abort();
  await expect(answer).rejects.toThrow();
  expect((await orders.cancelledAtMs) - leftMs).toBeLessThan(500);
  await expect
    .poll(async () => (await fetch(`${gateway.url}/metrics`)).text())
    .toContain('polywire_calls_seconds_count{method="GET /v1/orders/:order_id",code="CANCELED"} 1');
});

test("a body that is kept back + ends at the deadline, not never", async () => {
  await using gateway = await gatewayUnderTest();
  const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
  const head = "POST /v1/dev/tokens HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 20\r\n";
  socket.write(`${head}request-timeout-ms: 100\r\n\r\n{"cust`);
  const [answer] = await once(socket, "data");
  expect(String(answer)).toMatch(/^HTTP\/1\.1 504 /);
  socket.destroy();
});
