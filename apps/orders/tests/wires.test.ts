import { Agent } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { type Client, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { Health, HealthCheckResponse_ServingStatus } from "@polywire/contract/grpc/health/v1/health";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import { errorDetails } from "@polywire/rpc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "./support/expect-error.ts";
import { as, type RunningOrders, startWorld, type World } from "./support/world.ts";

let world: World;
let orders: RunningOrders;

const ORIGIN = "http://page.test:1234";

beforeAll(async () => {
  world = await startWorld();
  orders = await world.orders(await world.freshDatabase(), { POLYWIRE_ALLOWED_ORIGINS: ORIGIN });
});

afterAll(async () => {
  await orders?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const lines = [{ sku: "SKU-00001", quantity: 1 }];
const h1 = () => `http://${orders.app.addresses.connect}`;
const h2 = () => `http://${orders.app.addresses.connectH2}`;

const transports: Record<string, () => Transport> = {
  "connect-json over HTTP/1.1": () =>
    createConnectTransport({
      baseUrl: h1(),
      httpVersion: "1.1",
      useBinaryFormat: false,
      useHttpGet: true,
      nodeOptions: { agent: new Agent() },
    }),
  "connect-binary over HTTP/2": () => createConnectTransport({ baseUrl: h2(), httpVersion: "2", useHttpGet: true }),
  "grpc-web over HTTP/1.1": () =>
    createGrpcWebTransport({ baseUrl: h1(), httpVersion: "1.1", nodeOptions: { agent: new Agent() } }),
  "grpc-web over HTTP/2": () => createGrpcWebTransport({ baseUrl: h2(), httpVersion: "2" }),
};

describe.each(Object.keys(transports))("%s", (name) => {
  let client: Client<typeof OrderService>;
  beforeAll(() => {
    const transport = transports[name]?.();
    if (transport === undefined) throw new Error(name);
    client = createClient(OrderService, transport);
  });

  test("serves the implementation that gRPC serves", async () => {
    const anna = await as(world, "anna");
    const { order } = await client.createOrder({ lines, note: "grüße" }, anna);
    const orderId = order?.orderId ?? "";
    const { order: read } = await client.getOrder({ orderId }, anna);
    const { order: other } = await orders.client.getOrder({ orderId }, anna);
    expect({ ...read, version: 0n, status: 0, updateTime: 0 }).toEqual({
      ...other,
      version: 0n,
      status: 0,
      updateTime: 0,
    });
    for await (const { message } of client.watchOrders({}, anna)) {
      expect(message.case).toBe("started");
      break;
    }
  });

  test("refuses with the codes and reasons of gRPC", async () => {
    const anna = await as(world, "anna");
    expect(await refusal(client.getOrder({ orderId: crypto.randomUUID() }, anna))).toBe("NOT_FOUND ORDER_NOT_FOUND");
    expect(await refusal(client.getOrder({ orderId: "x" }, anna))).toBe("INVALID_ARGUMENT VALIDATION_FAILED");
    expect(await refusal(client.getOrder({ orderId: crypto.randomUUID() }))).toBe("UNAUTHENTICATED TOKEN_MISSING");
    expect(await refusal(client.getExport({ exportId: crypto.randomUUID() }, anna))).toBe("NOT_FOUND EXPORT_NOT_FOUND");
    world.standIns.before = () => new Promise((resolve) => setTimeout(resolve, 300));
    expect(await refusal(client.createOrder({ lines }, { ...anna, timeoutMs: 100 }))).toMatch(/^DEADLINE_EXCEEDED/);
    world.standIns.before = () => undefined;
    // Last: connect-node's client reuses a connection on which it has stopped sending.
    const large = client.createOrder({ lines, note: "x".repeat(5_000_000) }, anna);
    expect(await refusal(large)).toBe("RESOURCE_EXHAUSTED REQUEST_TOO_LARGE");
  });
});

test("the Connect port over HTTP/2 ends an import whose line is too large while its client goes on sending", async () => {
  const client = createClient(OrderService, createConnectTransport({ baseUrl: h2(), httpVersion: "2" }));
  async function* lines() {
    for (let lineNumber = 1n; ; lineNumber += 1n) {
      yield { lineNumber, order: { lines: [], note: "x".repeat(lineNumber === 2n ? 5_000_000 : 50_000) } };
    }
  }
  const options = { ...(await as(world, "anna")), timeoutMs: 5000 };
  expect(await refusal(client.importOrders(lines(), options))).toBe("RESOURCE_EXHAUSTED REQUEST_TOO_LARGE");
});

test("the Connect port takes the next call on a connection whose last body was too large", async () => {
  const socket = connect(Number(orders.app.addresses.connect?.split(":")[1]), "127.0.0.1");
  const path = "/polywire.orders.v1.OrderService/GetOrder";
  const request = (body: string) =>
    `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  socket.write(request("x".repeat(5_000_000)) + request("{}"));
  let received = "";
  for await (const chunk of socket.setEncoding("utf8")) {
    received += chunk;
    if (received.includes("TOKEN_MISSING")) break;
  }
  expect(received.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 429", "HTTP/1.1 401"]);
});

async function post(body: string | Uint8Array<ArrayBuffer>, contentType: string): Promise<Record<string, unknown>> {
  const { headers } = await as(world, "anna");
  const authorization = new Headers(headers).get("authorization") ?? "";
  const url = `${h1()}/polywire.orders.v1.OrderService/CreateOrder`;
  const response = await fetch(url, { method: "POST", body, headers: { "content-type": contentType, authorization } });
  return (await response.json()) as Record<string, unknown>;
}

test.each([
  ["JSON cut off", '{"lines": [', "application/json"],
  ["an unknown field", '{"lines": [], "linse": []}', "application/json"],
  ["a text for a number", '{"lines": [{"sku": "SKU-1", "quantity": "many"}]}', "application/json"],
  ["bytes that are no message", new Uint8Array([0x0a, 0xff, 0xff]), "application/proto"],
])("the Connect port refuses %s as MALFORMED_REQUEST without internal text", async (_, body, contentType) => {
  const error = await post(body, contentType);
  expect(error).toMatchObject({ code: "invalid_argument", message: "the request cannot be decoded" });
  expect(JSON.stringify(error)).toContain("MALFORMED_REQUEST");
});

test("the Connect port answers preflights of allowed origins only", async () => {
  const preflight = (origin: string) =>
    fetch(`${h1()}/polywire.orders.v1.OrderService/GetOrder`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization" },
    });
  const allowed = await preflight(ORIGIN);
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get("access-control-allow-origin")).toBe(ORIGIN);
  expect(allowed.headers.get("access-control-allow-headers")).toContain("authorization");
  expect((await preflight("http://other.test")).headers.get("access-control-allow-origin")).toBeNull();
});

test("both engines answer grpc.health.v1 without a token", async () => {
  const grpc = createGrpcTransport({ address: String(orders.app.addresses.grpc) });
  const web = createGrpcWebTransport({ baseUrl: h1(), httpVersion: "1.1" });
  for (const transport of [grpc, web]) {
    const { status } = await createClient(Health, transport).check({ service: OrderService.typeName });
    expect(status).toBe(HealthCheckResponse_ServingStatus.SERVING);
  }
  grpc.close();
});

test("POLYWIRE_MAX_CALLS_PER_SECOND limits each customer on both engines", async () => {
  await using limited = await world.orders(await world.freshDatabase(), { POLYWIRE_MAX_CALLS_PER_SECOND: "1" });
  const baseUrl = `http://${limited.app.addresses.connect}`;
  const web = createClient(OrderService, createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }));
  const anna = await as(world, "anna");
  for (const client of [limited.client, web]) {
    const calls = Array.from({ length: 20 }, () => client.listOrders({}, anna));
    // Any of them: how many pass depends on how long all of them take.
    const refused = (await Promise.allSettled(calls)).find((call) => call.status === "rejected");
    const details = errorDetails(ConnectError.from(refused?.reason));
    expect(details).toMatchObject({ reason: "RATE_LIMITED", retryAfterMs: expect.any(Number) });
  }
  expect(await refusal(web.listOrders({}, await as(world, "bert")))).toBe("OK");
});

test("the operations port answers /livez, /readyz and /metrics", async () => {
  const base = `http://${orders.app.addresses.http}`;
  expect((await fetch(`${base}/livez`)).status).toBe(200);
  expect(await (await fetch(`${base}/readyz`)).json()).toMatchObject({ ready: true });
  expect(await (await fetch(`${base}/metrics`)).text()).toContain("polywire_calls_seconds");
});

test("App.close ends idle connections of both HTTP versions at once", async () => {
  const doomed = await world.orders(await world.freshDatabase());
  const session = connectHttp2(`http://${doomed.app.addresses.connectH2}`);
  await new Promise((resolve) => session.once("connect", resolve));
  await fetch(`http://${doomed.app.addresses.connect}/`, { method: "POST" });
  const closedMs = performance.now();
  await doomed.app.close();
  expect(performance.now() - closedMs).toBeLessThan(2000);
  await doomed[Symbol.asyncDispose]();
});
