import { AsyncLocalStorage } from "node:async_hooks";
import { createClient } from "@connectrpc/connect";
import { startConnectServers } from "@polywire/connect";
import { EventLogService } from "@polywire/contract/polywire/events/v1/event_log_service";
import { InventoryService } from "@polywire/contract/polywire/inventory/v1/inventory_service";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { PricingService } from "@polywire/contract/polywire/pricing/v1/pricing_service";
import { createGrpcServer, createGrpcTransport, openTlsFiles } from "@polywire/grpc";
import { createHealth, createTokenVerifier, warmUpValidation, withReflection } from "@polywire/rpc";
import { clientInterceptors, serverInterceptors, withCallContext } from "@polywire/rpc/node";
import {
  type App,
  callLog,
  checkReadiness,
  createApp,
  createLogger,
  createMetrics,
  migrate,
  openDatabase,
  skewClock,
  startOperations,
  tlsLog,
} from "@polywire/service";
import type { Config } from "./config.ts";
import type { Dependencies } from "./dependencies.ts";
import { startExportWorker } from "./exports/export-worker.ts";
import { scopes, services } from "./handlers/services.ts";
import { startEvents } from "./log/events.ts";
import { createWakeUp } from "./log/wake-up.ts";
import { createOrderSnapshots } from "./orders/order-snapshots.ts";
import { createPageTokens } from "./orders/page-tokens.ts";
import { migrations } from "./schema/migrations.ts";
import type { Tables } from "./schema/tables.ts";

const SCHEMA = "orders";

/** How long calls in flight may go on once the service stops. */
const DRAIN_MS = 5000;

const HEARTBEAT_MS = 5000;
const EXPORT_POLL_MS = 1000;
const RESERVATION_TTL_MS = 300_000;

/** Starts the order service: schema, event relay, gRPC with health, Connect and gRPC-Web, operations endpoints. */
export async function start(config: Config): Promise<App> {
  const { host, instance } = config;
  const logger = createLogger({ name: "orders", instance, level: config.logLevel });
  const metrics = createMetrics();
  await using cleanup = new AsyncDisposableStack();
  const tls = config.tls && cleanup.use(await openTlsFiles({ ...config.tls, ...tlsLog(logger) }));
  if (config.clockSkewMs > 0) {
    logger.warn({ clockSkewMs: config.clockSkewMs }, "the clock of this process is put wrong, for development");
    cleanup.use(skewClock(config.clockSkewMs));
  }

  const database = openDatabase<Tables>({ url: config.postgresUrl, schema: SCHEMA });
  cleanup.defer(() => database.close());
  const { db } = database;
  await migrate({ db, schema: SCHEMA, migrations });
  const { page_token_key } = await db.selectFrom("service_state").select("page_token_key").executeTakeFirstOrThrow();

  const connectTo = (address: string) => {
    const transport = createGrpcTransport({ address, tls, interceptors: clientInterceptors({ meter: metrics.made }) });
    cleanup.defer(() => transport.close());
    return withCallContext(transport, { defaultToken: () => config.serviceToken });
  };
  const inventory = createClient(InventoryService, connectTo(config.inventoryAddress));
  const pricing = createClient(PricingService, connectTo(config.pricingAddress));

  const events = await startEvents({ config, database, inventory, logger, heartbeatMs: HEARTBEAT_MS });
  cleanup.defer(() => events.close());

  const exportAdded = createWakeUp();
  const exportWorker = startExportWorker({
    db,
    // Beside those that callers read: one that waits for a writer of its own never waits for them.
    snapshots: createOrderSnapshots(db, { maxSnapshots: 1, snapshotMaxMs: config.snapshotMaxMs }),
    limits: { leaseMs: config.exportLeaseMs, retentionMs: config.exportRetentionMs, maxBytes: config.exportMaxBytes },
    logger,
    wakeUp: exportAdded,
    pollMs: EXPORT_POLL_MS,
  });
  cleanup.defer(() => exportWorker.close());

  const draining = new AbortController();
  const dependencies: Dependencies = {
    db,
    pricing,
    inventory,
    pageTokens: createPageTokens(page_token_key),
    log: events.log,
    snapshots: createOrderSnapshots(db, config),
    exportAdded,
    limits: {
      claimLeaseMs: config.claimLeaseMs,
      reservationTtlMs: RESERVATION_TTL_MS,
      heartbeatMs: HEARTBEAT_MS,
      stationLeaseMs: config.stationLeaseMs,
      maxExports: config.maxExports,
    },
    draining: draining.signal,
    detached: AsyncLocalStorage.snapshot(),
  };
  const health = createHealth();
  const served = withReflection([...services(dependencies), health.registration]);
  const interceptors = serverInterceptors({
    log: callLog(logger),
    meter: metrics.served,
    verify: createTokenVerifier({ jwksUrl: config.jwksUrl }),
    scopes,
    ...(config.maxCallsPerSecond !== undefined && { rateLimit: { perSecond: config.maxCallsPerSecond } }),
  });
  warmUpValidation(served.map(({ service }) => service));
  const grpc = createGrpcServer({
    services: served,
    interceptors,
    onRefusedConnection: metrics.refusedConnections("grpc"),
    tls: tls && { identity: tls, requireClientCertificate: config.tls?.requireClientCertificate ?? false },
  });
  cleanup.defer(() => grpc.close());
  const grpcAddress = await grpc.listen({ host, port: config.grpcPort });
  const connect = await startConnectServers({
    host,
    port: config.connectPort,
    h2Port: config.connectH2Port,
    services: served,
    interceptors,
    allowedOrigins: config.allowedOrigins,
    onRefusedConnection: metrics.refusedConnections("connect"),
  });
  cleanup.defer(() => connect.drain(0));

  const ready = () => checkReadiness({ database: () => database.ping() });
  const operations = await startOperations({ host, port: config.httpPort, ready, metrics: metrics.registry });
  cleanup.defer(() => operations.close());

  for (const name of ["", OrderService.typeName, EventLogService.typeName]) health.set(name, "SERVING");
  cleanup.defer(async () => {
    operations.drain();
    health.drain();
    draining.abort();
    await Promise.all([grpc.drain(DRAIN_MS), connect.drain(DRAIN_MS)]);
  });
  const running = cleanup.move();
  const addresses = {
    grpc: `${host}:${grpcAddress.port}`,
    connect: `${host}:${connect.port}`,
    connectH2: `${host}:${connect.h2Port}`,
    http: `${host}:${operations.port}`,
  };
  return createApp(addresses, () => running.disposeAsync());
}
