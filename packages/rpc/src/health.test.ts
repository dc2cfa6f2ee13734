import { ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@polywire/contract/grpc/health/v1/health";
import { expect, test } from "vitest";
import { errorDetails } from "./details.ts";
import { createHealth } from "./health.ts";
import { rejection } from "./testing/requests.ts";

function setUp() {
  const health = createHealth();
  const { service, implementation } = health.registration;
  const transport = createRouterTransport((router) => void router.service(service, implementation));
  return { health, client: createClient(Health, transport) };
}

test("createHealth answers NOT_SERVING for the server until it is set", async () => {
  const { health, client } = setUp();
  expect((await client.check({})).status).toBe(Status.NOT_SERVING);
  health.set("", "SERVING");
  expect((await client.check({})).status).toBe(Status.SERVING);
});

test("createHealth answers NOT_FOUND for a service it does not know", async () => {
  const { client } = setUp();
  const error = ConnectError.from(await rejection(client.check({ service: "a.B" })));
  expect(errorDetails(error).reason).toBe("SERVICE_UNKNOWN");
});

test("createHealth lists what it knows", async () => {
  const { health, client } = setUp();
  health.set("a.B", "SERVING");
  const { statuses } = await client.list({});
  expect(Object.entries(statuses).map(([name, { status }]) => [name, status])).toEqual([
    ["", Status.NOT_SERVING],
    ["a.B", Status.SERVING],
  ]);
});

test("createHealth tells those who watch of each change, once, a service that comes later included", async () => {
  const { health, client } = setUp();
  const leave = new AbortController();
  const seen: Status[] = [];
  const watch = async () => {
    for await (const { status } of client.watch({ service: "a.B" }, { signal: leave.signal })) {
      seen.push(status);
      if (status === Status.SERVICE_UNKNOWN) health.set("a.B", "NOT_SERVING");
      if (status === Status.NOT_SERVING) {
        health.set("other", "SERVING");
        health.set("a.B", "SERVING");
      }
      if (status === Status.SERVING) leave.abort();
    }
  };
  await rejection(watch());
  expect(seen).toEqual([Status.SERVICE_UNKNOWN, Status.NOT_SERVING, Status.SERVING]);
});

test("createHealth tells those who watch that it drains, and ends their streams", async () => {
  const { health, client } = setUp();
  health.set("a.B", "SERVING");
  const seen: Status[] = [];
  const watch = async () => {
    for await (const { status } of client.watch({ service: "a.B" })) {
      seen.push(status);
      health.drain();
    }
  };
  expect(errorDetails(ConnectError.from(await rejection(watch()))).reason).toBe("DRAINING");
  expect(seen).toEqual([Status.SERVING, Status.NOT_SERVING]);
  expect((await client.check({ service: "a.B" })).status).toBe(Status.NOT_SERVING);
  expect(Object.values((await client.list({})).statuses).map(({ status }) => status)).toEqual([
    Status.NOT_SERVING,
    Status.NOT_SERVING,
  ]);
});
