import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport, openTlsFiles } from "@polywire/grpc";
import { createRealtimeServer, refuseUpgrade, startLogTail } from "@polywire/realtime/server";
import { createTokenVerifier, rpcError } from "@polywire/rpc";
import { clientInterceptors, withCallContext } from "@polywire/rpc/node";
import {
  type App,
  callLog,
  createApp,
  createLogger,
  createMetrics,
  KEEP_ALIVE_MS,
  operationsHandler,
  tlsLog,
} from "@polywire/service";
import { createChannelAccess } from "./channel-access.ts";
import { createCommands } from "./commands.ts";
import type { Config } from "./config.ts";
import { registerCounts } from "./metrics.ts";
import { openLog } from "./open-log.ts";

const LIMITS = { requestTimeout: 10_000, maxHeaderSize: 16_384, keepAliveTimeout: KEEP_ALIVE_MS };

/** How the node is emptied when it stops; together well within the time that `runApp` gives. */
const DRAIN = { windowMs: 3000, batches: 10, reconnectSpreadMs: 2000, finishMs: 1000 };

/** Starts a push node: one port for WebSocket, SSE and operations. */
export async function start(config: Config): Promise<App> {
  const { host, instance } = config;
  const logger = createLogger({ name: "realtime", instance, level: config.logLevel });
  const metrics = createMetrics();
  await using cleanup = new AsyncDisposableStack();
  const tls = config.tls && cleanup.use(await openTlsFiles({ ...config.tls, ...tlsLog(logger) }));

  const { log, close } = await openLog(config, { logger, tls, meter: metrics.made });
  cleanup.defer(close);
  const tail = startLogTail({ log, onError: (err) => logger.warn({ err }, "the event log is read anew") });
  cleanup.defer(() => tail.close());

  const transport = createGrpcTransport({
    address: config.ordersAddress,
    tls,
    interceptors: clientInterceptors({ meter: metrics.made }),
  });
  cleanup.defer(() => transport.close());
  const orders = createClient(OrderService, withCallContext(transport));
  const realtime = createRealtimeServer({
    log,
    tail,
    nodeId: instance,
    allowedOrigins: config.allowedOrigins,
    heartbeatMs: config.heartbeatMs,
    verify: createTokenVerifier({ jwksUrl: config.jwksUrl }),
    authorize: createChannelAccess(orders),
    execute: createCommands(orders),
    callLog: callLog(logger),
    meter: metrics.served,
  });
  cleanup.defer(() => realtime.close());
  registerCounts(metrics.registry, () => realtime.counts);

  const operations = operationsHandler({
    ready: async () => ({ ready: tail.live, checks: { log: tail.live ? "ok" : "not being followed" } }),
    metrics: metrics.registry,
  });
  const server = createServer(LIMITS, (request, response) => {
    if (!operations(request, response) && !realtime.handle(request, response)) {
      response.writeHead(404).end();
    }
  });
  server.on("upgrade", (request, socket, head) => {
    if (!realtime.upgrade(request, socket, head)) {
      refuseUpgrade(socket, rpcError("ROUTE_NOT_FOUND", "there is nothing at this path"), crypto.randomUUID());
    }
  });
  server.listen(config.httpPort, host);
  await once(server, "listening");
  cleanup.defer(async () => {
    operations.drain();
    await realtime.drain(DRAIN);
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  });

  const running = cleanup.move();
  const { port } = server.address() as AddressInfo;
  return createApp({ http: `${host}:${port}` }, () => running.disposeAsync());
}
