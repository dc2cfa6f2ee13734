import { InventoryService } from "@polywire/contract/polywire/inventory/v1/inventory_service";
import { createGrpcServer, openTlsFiles } from "@polywire/grpc";
import { createHealth, createTokenVerifier, warmUpValidation, withReflection } from "@polywire/rpc";
import { serverInterceptors } from "@polywire/rpc/node";
import {
  type App,
  callLog,
  checkReadiness,
  createApp,
  createLogger,
  createMetrics,
  migrate,
  openDatabase,
  startOperations,
  tlsLog,
} from "@polywire/service";
import type { Config } from "./config.ts";
import { migrations } from "./schema/migrations.ts";
import type { Tables } from "./schema/tables.ts";
import { inventoryService } from "./service.ts";
import { startSweep } from "./stock/sweep.ts";

const SCHEMA = "inventory";

/** How long calls in flight may go on once the service stops. */
const DRAIN_MS = 5000;

/** Starts the inventory service: schema, gRPC with health, operations endpoints, sweep. */
export async function start(config: Config): Promise<App> {
  const { host, instance, postgresUrl, jwksUrl, sweepIntervalMs } = config;
  const logger = createLogger({ name: "inventory", instance, level: config.logLevel });
  const metrics = createMetrics();
  await using cleanup = new AsyncDisposableStack();
  const tls = config.tls && cleanup.use(await openTlsFiles({ ...config.tls, ...tlsLog(logger) }));

  const database = openDatabase<Tables>({ url: postgresUrl, schema: SCHEMA });
  cleanup.defer(() => database.close());
  await migrate({ db: database.db, schema: SCHEMA, migrations });

  const health = createHealth();
  warmUpValidation([InventoryService]);
  const grpc = createGrpcServer({
    services: withReflection([inventoryService({ db: database.db }), health.registration]),
    interceptors: serverInterceptors({
      log: callLog(logger),
      meter: metrics.served,
      verify: createTokenVerifier({ jwksUrl }),
    }),
    onRefusedConnection: metrics.refusedConnections("grpc"),
    tls: tls && { identity: tls, requireClientCertificate: config.tls?.requireClientCertificate ?? false },
  });
  cleanup.defer(() => grpc.close());
  const grpcAddress = await grpc.listen({ host, port: config.grpcPort });

  const ready = () => checkReadiness({ database: () => database.ping() });
  const operations = await startOperations({ host, port: config.httpPort, ready, metrics: metrics.registry });
  cleanup.defer(() => operations.close());
  const onError = (err: unknown) => logger.error({ err }, "the sweep failed; the next round tries again");
  const sweep = startSweep(database, { intervalMs: sweepIntervalMs, onError });
  cleanup.defer(() => sweep.stop());

  for (const service of ["", InventoryService.typeName]) health.set(service, "SERVING");
  cleanup.defer(async () => {
    operations.drain();
    health.drain();
    await grpc.drain(DRAIN_MS);
  });
  const running = cleanup.move();
  const addresses = { grpc: `${host}:${grpcAddress.port}`, http: `${host}:${operations.port}` };
  return createApp(addresses, () => running.disposeAsync());
}
