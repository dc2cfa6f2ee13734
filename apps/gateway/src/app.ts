import { createClient, type UnaryRequest } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@polywire/contract/grpc/health/v1/health";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport, openTlsFiles } from "@polywire/grpc";
import { cors } from "@polywire/http";
import { createTokenVerifier } from "@polywire/rpc";
import { clientInterceptors, withCallContext } from "@polywire/rpc/node";
import {
  type App,
  callLog,
  checkReadiness,
  createApp,
  createLogger,
  createMetrics,
  openTokenIssuer,
  operationsHandler,
  tlsLog,
} from "@polywire/service";
import type { Config } from "./config.ts";
import { routesOf } from "./routes.ts";
import { createRestApp } from "./serve/create-rest-app.ts";
import { listenHttp } from "./serve/http-server.ts";

/** How long calls in flight may go on once the gateway stops. */
const DRAIN_MS = 5000;

/** Starts the gateway: REST over the order service, the development token issuer, operations endpoints, one port. */
export async function start(config: Config): Promise<App> {
  const { host, httpPort, instance, logLevel } = config;
  const logger = createLogger({ name: "gateway", instance, level: logLevel });
  const metrics = createMetrics();
  await using cleanup = new AsyncDisposableStack();
  const tls = config.tls && cleanup.use(await openTlsFiles({ ...config.tls, ...tlsLog(logger) }));

  const issuer = await openTokenIssuer(config.tokenKeyFile);
  const toOrders = createGrpcTransport({
    address: config.ordersAddress,
    tls,
    interceptors: clientInterceptors({ retry: { isIdempotent: hasIdempotencyKey }, meter: metrics.made }),
  });
  cleanup.defer(() => toOrders.close());

  const rest = createRestApp({
    routes: await routesOf({ orders: createClient(OrderService, withCallContext(toOrders)), issuer }),
    verify: createTokenVerifier({ keys: issuer.jwks }),
    log: callLog(logger),
    meter: metrics.served,
  });
  const health = createClient(Health, toOrders);
  const operations = operationsHandler({
    ready: () => checkReadiness({ orders: (signal) => requireServing(health, signal) }),
    metrics: metrics.registry,
  });
  const allowOrigins = cors(config.allowedOrigins);

  const server = await listenHttp({ host, port: httpPort }, (request, response) => {
    if (!operations(request, response) && !allowOrigins(request, response)) rest(request, response);
  });
  cleanup.defer(async () => {
    operations.drain();
    await server.drain(DRAIN_MS);
  });
  const running = cleanup.move();
  return createApp({ http: `${host}:${server.port}` }, () => running.disposeAsync());
}

async function requireServing(health: ReturnType<typeof createClient<typeof Health>>, signal: AbortSignal) {
  const { status } = await health.check({ service: OrderService.typeName }, { signal });
  if (status !== Status.SERVING) throw new Error("the order service is not serving");
}

/** CreateOrder and StartExport answer a repeat with the same key as they did the first call. */
function hasIdempotencyKey({ message }: UnaryRequest): boolean {
  return "idempotencyKey" in message && message.idempotencyKey !== "";
}
