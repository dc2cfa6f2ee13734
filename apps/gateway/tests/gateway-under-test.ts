import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { type Order, OrderSchema, OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcServer } from "@polywire/grpc";
import type { Problem } from "@polywire/http";
import { createHealth, createTokenVerifier, implement } from "@polywire/rpc";
import { serverInterceptors } from "@polywire/rpc/node";
import { openTokenIssuer } from "@polywire/service";
import { start } from "../src/app.ts";
import type { Config } from "../src/config.ts";

/** How a test sets the gateway up. */
export interface Setup {
  /** What the order service answers. */
  orders?: Partial<ServiceImpl<typeof OrderService>>;
  /** Without interceptors the order service lets everything through to its wire, as a broken one would. */
  isBare?: boolean;
  config?: Partial<Config>;
}

/** A gateway with a real gRPC server in the place of the order service. */
export async function gatewayUnderTest({ orders = {}, isBare = false, config = {} }: Setup = {}) {
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "gateway-"));
  cleanup.defer(() => rm(folder, { recursive: true }));
  const tokenKeyFile = join(folder, "key.json");
  const issuer = await openTokenIssuer(tokenKeyFile);

  const health = createHealth();
  health.set(OrderService.typeName, "SERVING");
  const verify = createTokenVerifier({ keys: issuer.jwks });
  const server = createGrpcServer({
    services: [implement(OrderService, orders), health.registration],
    interceptors: isBare ? [] : serverInterceptors({ log: () => undefined, verify }),
  });
  cleanup.use(server);
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });

  const app = await start({
    host: "127.0.0.1",
    httpPort: 0,
    instance: "test",
    logLevel: "silent",
    ordersAddress: `127.0.0.1:${port}`,
    tokenKeyFile,
    allowedOrigins: [],
    ...config,
  });
  cleanup.use(app);
  const url = `http://${app.addresses.http}`;
  const token = await issuer.issue({ subject: "alice" });
  const running = cleanup.move();
  return {
    url,
    app,
    issuer,
    ordersServer: server,
    health,
    /** Calls the gateway as the customer alice, with a JSON body if there is one. */
    call: (path: string, init: CallInit = {}) => callAs(`${url}${path}`, token, init),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** What a test's request has beside its path. */
export interface CallInit {
  method?: string;
  headers?: Record<string, string>;
  /** Sent as it is when a string, as JSON otherwise. */
  body?: unknown;
  /** A body of unknown length, in place of `body`. */
  stream?: ReadableStream;
  signal?: AbortSignal;
}

function callAs(url: string, token: string, { body, stream, headers, ...init }: CallInit): Promise<Response> {
  return fetch(url, {
    ...init,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined && stream === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(stream === undefined ? {} : { body: stream, duplex: "half" }),
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

export const ORDER_ID = "0198c0de-7e57-4a11-8000-000000000001";

/** An order as the order service would store it. */
export function storedOrder(changes: Partial<Order> = {}): Order {
  const price = { currencyCode: "EUR", minorUnits: 1250n };
  const order = create(OrderSchema, {
    orderId: ORDER_ID,
    customerId: "alice",
    status: OrderStatus.PENDING,
    lines: [{ sku: "SKU-00042", quantity: 2, unitPrice: price, lineTotal: { ...price, minorUnits: 2500n } }],
    total: { currencyCode: "EUR", minorUnits: 9_007_199_254_740_993n },
    version: 1n,
    createTime: { seconds: 1_767_323_045n, nanos: 678_901_000 },
    updateTime: { seconds: 1_767_323_045n, nanos: 678_901_000 },
  });
  return Object.assign(order, changes);
}

/** A problem document without what differs from call to call. */
export async function problemOf(response: Response) {
  const problem = (await response.json()) as Problem;
  return {
    type: response.headers.get("content-type"),
    status: response.status,
    repeated: problem.status,
    code: problem.code,
    reason: problem.reason,
    fields: (problem.errors ?? []).map(({ field, rule }) => `${field} ${rule}`),
  };
}

/** The problem that a refusal must be. */
export function aProblem(status: number, code: string, reason: string) {
  return { type: "application/problem+json", status, repeated: status, code, reason };
}
