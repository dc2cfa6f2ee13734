import { createClient } from "@connectrpc/connect";
import { InventoryService } from "@polywire/contract/polywire/inventory/v1/inventory_service";
import { PricingService } from "@polywire/contract/polywire/pricing/v1/pricing_service";
import { createGrpcServer, createGrpcTransport, openTlsFiles } from "@polywire/grpc";
import { createHealth, createTokenVerifier, implement, warmUpValidation, withReflection } from "@polywire/rpc";
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
  startOperations,
  tlsLog,
} from "@polywire/service";
import type { Config } from "./config.ts";
import { quoteOrder } from "./handlers/quote-order.ts";
import { migrations } from "./schema/migrations.ts";
import type { Tables } from "./schema/tables.ts";

const SCHEMA = "pricing";

/** How long calls in flight may go on once the service stops. */
const DRAIN_MS = 5000;

/** Starts the pricing service: schema, gRPC with health, operations endpoints. */
export async function start(config: Config): Promise<App> {
  const { host, instance, postgresUrl, jwksUrl } = config;
  const logger = createLogger({ name: "pricing", instance, level: config.logLevel });
  const metrics = createMetrics();
  await using cleanup = new AsyncDisposableStack();
  const tls = config.tls && cleanup.use(await openTlsFiles({ ...config.tls, ...tlsLog(logger) }));

  const database = openDatabase<Tables>({ url: postgresUrl, schema: SCHEMA });
  cleanup.defer(() => database.close());
  await migrate({ db: database.db, schema: SCHEMA, migrations });

  const toInventory = createGrpcTransport({
    address: config.inventoryAddress,
    tls,
    interceptors: clientInterceptors({ meter: metrics.made }),
  });
  cleanup.defer(() => toInventory.close());
  const inventory = createClient(InventoryService, withCallContext(toInventory));
  const pricing = implement(PricingService, {
    quoteOrder: quoteOrder({ db: database.db, inventory, clock: Date.now }),
  });

  const health = createHealth();
  warmUpValidation([PricingService]);
  const grpc = createGrpcServer({
    services: withReflection([pricing, health.registration]),
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

  for (const service of ["", PricingService.typeName]) health.set(service, "SERVING");
  cleanup.defer(async () => {
    operations.drain();
    health.drain();
    await grpc.drain(DRAIN_MS);
  });
  const running = cleanup.move();
  const addresses = { grpc: `${host}:${grpcAddress.port}`, http: `${host}:${operations.port}` };
  return createApp(addresses, () => running.disposeAsync());
}
