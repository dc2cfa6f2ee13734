import { once } from "node:events";
import { Agent, get } from "node:http";
import { connect } from "node:net";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { expect, test } from "vitest";
import { gatewayUnderTest, ORDER_ID, storedOrder } from "./gateway-under-test.ts";

test("operations + live, ready while orders serves, and counted by route", async () => {
  await using gateway = await gatewayUnderTest({ orders: { getOrder: () => ({ order: storedOrder() }) } });
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
  const ready = await fetch(`${gateway.url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([200, { ready: true, checks: { orders: "ok" } }]);

  await gateway.call(`/v1/orders/${ORDER_ID}`);
  await gateway.call("/v1/secret-path");
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(metrics).toContain('polywire_calls_seconds_count{method="GET /v1/orders/:order_id",code="OK"} 1');
  expect(metrics).not.toContain("secret-path");

  gateway.health.set(OrderService.typeName, "NOT_SERVING");
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
  await gateway.ordersServer.close();
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
});

test("close + answers the request in flight, closes kept connections, takes no new ones", async () => {
  const arrived = Promise.withResolvers<void>();
  const proceed = Promise.withResolvers<void>();
  await using gateway = await gatewayUnderTest({
    orders: {
      getOrder: async () => {
        arrived.resolve();
        await proceed.promise;
        return { order: storedOrder() };
      },
    },
  });
  const { port } = new URL(gateway.url);
  const agent = new Agent({ keepAlive: true });
  const [kept] = await once(get({ agent, port, host: "127.0.0.1", path: "/livez" }), "response");
  kept.resume();
  await once(kept, "end");

  const answer = gateway.call(`/v1/orders/${ORDER_ID}`);
  await arrived.promise;
  const closing = gateway.app.close();
  const refused = connect(Number(port), "127.0.0.1");
  const [error] = await once(refused, "error");
  expect(error.code).toBe("ECONNREFUSED");
  proceed.resolve();
  expect((await answer).status).toBe(200);
  await closing;
  expect(Object.keys(agent.freeSockets)).toEqual([]);
  agent.destroy();
});

test("cors + pages of allowed origins may call, preflights need no token", async () => {
  const origin = "http://localhost:5173";
  await using gateway = await gatewayUnderTest({ config: { allowedOrigins: [origin] } });
  const headers = { origin, "access-control-request-method": "POST" };
  const preflight = await fetch(`${gateway.url}/v1/orders`, { method: "OPTIONS", headers });
  expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, origin]);
  const refusal = await fetch(`${gateway.url}/v1/orders`, { headers: { origin } });
  expect([refusal.status, refusal.headers.get("access-control-allow-origin")]).toEqual([401, origin]);
  expect(refusal.headers.get("access-control-expose-headers")).toContain("x-request-id");
});
