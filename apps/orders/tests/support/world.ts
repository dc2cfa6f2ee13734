import { randomUUID } from "node:crypto";
import { type CallOptions, type Client, createClient } from "@connectrpc/connect";
import { EventLogService } from "@polywire/contract/polywire/events/v1/event_log_service";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import { type App, provisionSchema } from "@polywire/service";
import { type PostgresServer, startPostgres } from "@polywire/system";
import { Client as PgClient } from "pg";
import { start } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { type StandIns, startStandIns } from "./stand-ins.ts";
import { startTokens, type TestTokens } from "./tokens.ts";

/** The real parts around the order service, shared by the tests of a file. */
export interface World extends AsyncDisposable {
  postgres: PostgresServer;
  standIns: StandIns;
  tokens: TestTokens;
  /** URL of an empty database. Orders started with the same URL are instances of one service. */
  freshDatabase(): Promise<string>;
  /** The environment of an order service on that database. */
  environment(databaseUrl: string): Record<string, string>;
  /** Starts the order service; `environment` is added to what it needs. */
  orders(databaseUrl: string, environment?: Record<string, string>): Promise<RunningOrders>;
}

/** A running order service and clients of it. */
export interface RunningOrders extends AsyncDisposable {
  app: App;
  client: Client<typeof OrderService>;
  events: Client<typeof EventLogService>;
  /** For direct looks at the tables. */
  sql: PgClient;
}

export async function startWorld(): Promise<World> {
  await using cleanup = new AsyncDisposableStack();
  const postgres = cleanup.use(await startPostgres());
  const standIns = cleanup.use(await startStandIns());
  const tokens = cleanup.use(await startTokens());
  const serviceToken = await tokens.issuer.issue({ subject: "orders", scopes: ["events:read"] });

  async function freshDatabase(): Promise<string> {
    const name = `test_${randomUUID().replaceAll("-", "")}`;
    const admin = new PgClient({ connectionString: postgres.url });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name}`);
    await admin.end();
    const adminUrl = new URL(postgres.url);
    adminUrl.pathname = `/${name}`;
    return await provisionSchema({ adminUrl: adminUrl.href, name: "orders" });
  }

  function environment(databaseUrl: string): Record<string, string> {
    return {
      POLYWIRE_LOG_LEVEL: "silent",
      POLYWIRE_POSTGRES_URL: databaseUrl,
      POLYWIRE_JWKS_URL: tokens.jwksUrl,
      POLYWIRE_SERVICE_TOKEN: serviceToken,
      POLYWIRE_PRICING_ADDRESS: standIns.address,
      POLYWIRE_INVENTORY_ADDRESS: standIns.address,
    };
  }

  async function orders(databaseUrl: string, more: Record<string, string> = {}): Promise<RunningOrders> {
    await using parts = new AsyncDisposableStack();
    const config = readConfig({ ...environment(databaseUrl), ...more });
    const app = parts.use(await start(config));
    const transport = createGrpcTransport({ address: String(app.addresses.grpc) });
    parts.defer(() => transport.close());
    const sql = new PgClient({ connectionString: databaseUrl, options: "-c search_path=orders" });
    await sql.connect();
    parts.defer(() => sql.end());
    const running = parts.move();
    return {
      app,
      client: createClient(OrderService, transport),
      events: createClient(EventLogService, transport),
      sql,
      [Symbol.asyncDispose]: () => running.disposeAsync(),
    };
  }

  const running = cleanup.move();
  return {
    postgres,
    standIns,
    tokens,
    freshDatabase,
    environment,
    orders,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Call options of a customer. */
export async function as(world: World, subject: string, ...scopes: string[]): Promise<CallOptions> {
  const token = await world.tokens.issuer.issue({ subject, scopes });
  return { headers: { authorization: `Bearer ${token}` } };
}
