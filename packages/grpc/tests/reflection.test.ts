import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createHealth, implement, rpcError, withReflection } from "@polywire/rpc";
import { serverInterceptors } from "@polywire/rpc/node";
import { expect, test } from "vitest";
import { createGrpcServer } from "../src/index.ts";
import { ORDER_ID } from "./support/orders-server.ts";

const BUF = fileURLToPath(import.meta.resolve("@bufbuild/buf/bin/buf"));

/** Orders and health, guarded as every server is. */
async function startReflected() {
  const health = createHealth();
  health.set("", "SERVING");
  const orders = implement(OrderService, { getOrder: ({ orderId }) => ({ order: { orderId } }) });
  const verify = async (token: string) => {
    if (token !== "good") throw rpcError("TOKEN_INVALID", "not a token of this test");
    return { subject: "customer-1", scopes: [], expiresAtMs: 0 };
  };
  const server = createGrpcServer({
    services: withReflection([orders, health.registration]),
    interceptors: serverInterceptors({ log: () => {}, verify }),
  });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => server.close() };
}

/** What `buf curl` prints. It has no proto files: what it knows of the server, the server told it. */
async function bufCurl(protocol: string, ...args: string[]): Promise<string> {
  const how = ["--http2-prior-knowledge", "--protocol", "grpc", "--reflect-protocol", protocol];
  const { stdout } = await promisify(execFile)(process.execPath, [BUF, "curl", ...how, ...args], {
    cwd: "/",
    timeout: 30_000,
  });
  return stdout;
}

test.each(["grpc-v1", "grpc-v1alpha"])("buf curl lists, describes and calls by reflection, %s", async (protocol) => {
  await using served = await startReflected();
  const services = await bufCurl(protocol, "--list-services", served.url);
  expect(services.trim().split("\n")).toEqual([
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
    "polywire.orders.v1.OrderService",
  ]);
  const methods = await bufCurl(protocol, "--list-methods", served.url);
  expect(methods.split("\n")).toEqual(
    expect.arrayContaining(OrderService.methods.map(({ name }) => `polywire.orders.v1.OrderService/${name}`)),
  );
  const call = `${served.url}/polywire.orders.v1.OrderService/GetOrder`;
  const request = ["--data", JSON.stringify({ orderId: ORDER_ID }), "--header", "authorization: Bearer good"];
  expect(JSON.parse(await bufCurl(protocol, ...request, call))).toEqual({ order: { orderId: ORDER_ID } });
});

test("reflection needs no token, and opens nothing else", async () => {
  await using served = await startReflected();
  const call = bufCurl("grpc-v1", "--data", "{}", `${served.url}/polywire.orders.v1.OrderService/GetOrder`);
  // The request was built by what reflection told; the call itself was refused, with its details readable.
  await expect(call).rejects.toMatchObject({ stderr: expect.stringContaining("unauthenticated") });
});
