import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { InventoryService } from "@polywire/contract/polywire/inventory/v1/inventory_service";
import { createGrpcTransport } from "@polywire/grpc";
import { createTokenIssuer, generateTokenKey } from "@polywire/rpc";
import { withCallContext } from "@polywire/rpc/node";
import { type Database, openDatabase, provisionSchema } from "@polywire/service";
import { startPostgres } from "@polywire/system";
import { start } from "../src/app.ts";
import type { Config } from "../src/config.ts";
import type { Tables } from "../src/schema/tables.ts";

/** The service as it runs, on a real Postgres, with a client. */
export interface RunningInventory extends AsyncDisposable {
  config: Config;
  client: Client<typeof InventoryService>;
  /** Without a token. */
  anonymous: Transport;
  /** The service's own schema, to arrange and to look. */
  database: Database<Tables>;
  addresses: Readonly<Record<string, string>>;
  /** Puts a SKU of one's own into the catalogue. */
  addSku(onHand: number): Promise<string>;
}

/** Starts it; the sweep sleeps, so that tests decide when it runs. */
export async function startInventory(): Promise<RunningInventory> {
  await using cleanup = new AsyncDisposableStack();
  const postgres = await startPostgres();
  cleanup.defer(() => postgres.close());
  const issuer = createTokenIssuer({ privateJwk: await generateTokenKey() });
  const token = await issuer.issue({ subject: "orders" });
  const keys = createServer((_, response) => response.end(JSON.stringify(issuer.jwks)));
  keys.listen(0, "127.0.0.1");
  await once(keys, "listening");
  cleanup.defer(async () => {
    keys.closeAllConnections();
    keys.close();
    await once(keys, "close");
  });

  const postgresUrl = await provisionSchema({ adminUrl: postgres.url, name: "inventory" });
  const config: Config = {
    host: "127.0.0.1",
    grpcPort: 0,
    httpPort: 0,
    instance: "test",
    logLevel: "silent",
    postgresUrl,
    jwksUrl: `http://127.0.0.1:${(keys.address() as AddressInfo).port}/`,
    sweepIntervalMs: 3_600_000,
  };
  const app = await start(config);
  cleanup.defer(() => app.close());
  const database = openDatabase<Tables>({ url: postgresUrl, schema: "inventory", maxConnections: 2 });
  cleanup.defer(() => database.close());
  const transport = createGrpcTransport({ address: app.addresses.grpc ?? "" });
  cleanup.defer(() => transport.close());

  let skus = 0;
  const running = cleanup.move();
  return {
    config,
    client: createClient(InventoryService, withCallContext(transport, { defaultToken: () => token })),
    anonymous: transport,
    database,
    addresses: app.addresses,
    addSku: async (onHand) => {
      const sku = `TEST-${++skus}`;
      await database.db.insertInto("stock").values({ sku, on_hand: onHand, reserved: 0, demand_weight: 1 }).execute();
      return sku;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
