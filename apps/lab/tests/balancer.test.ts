import { createClient } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import { partOptionsFromEnvironment, startEnvoy } from "@polywire/system";
import { expect, test } from "vitest";
import { type BalancerOptions, startBalancer } from "../src/experiments/building-blocks/balancer.ts";
import { startOrdersBackend } from "../src/experiments/building-blocks/orders-backend.ts";

const parts = partOptionsFromEnvironment(process.env);
const start = (options: BalancerOptions) => startBalancer((own) => startEnvoy({ ...own, parts }), options);

/** A backend that counts its calls. */
async function startCounting() {
  const counted = { calls: 0 };
  const backend = await startOrdersBackend({
    getOrder: () => {
      counted.calls += 1;
      return {};
    },
  });
  return { ...backend, calls: () => counted.calls };
}

test.each(["tcp", "http"] as const)("startBalancer + balances %s over the backends that it has now", async (layer) => {
  await using first = await startCounting();
  await using second = await startCounting();
  await using balancer = await start({ layer, backends: [first.address] });
  const callOnce = async () => {
    using transport = createGrpcTransport({ address: balancer.address });
    await createClient(OrderService, transport).getOrder({});
  };
  await callOnce();
  await balancer.setBackends([first.address, second.address]);
  await callOnce();
  await callOnce();
  // In turn, whoever is first.
  expect([first.calls(), second.calls()].toSorted()).toEqual([1, 2]);
});

test("startBalancer + takes further settings of Envoy's for cluster and route", async () => {
  await using backend = await startCounting();
  const cluster = { outlier_detection: { consecutive_5xx: 1 } };
  const route = { retry_policy: { retry_on: "unavailable" } };
  await using balancer = await start({ layer: "http", backends: [backend.address], cluster, route });
  const dump = await (await fetch(`${balancer.adminUrl}/config_dump`)).text();
  expect(dump).toContain("outlier_detection");
  expect(dump).toContain("retry_policy");
});
