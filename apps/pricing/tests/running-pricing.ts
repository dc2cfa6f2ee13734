import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { PricingService } from "@polywire/contract/polywire/pricing/v1/pricing_service";
import { createGrpcTransport } from "@polywire/grpc";
import { createTokenIssuer, generateTokenKey } from "@polywire/rpc";
import { withCallContext } from "@polywire/rpc/node";
import { type Database, openDatabase, provisionSchema } from "@polywire/service";
import { startPostgres } from "@polywire/system";
import { start } from "../src/app.ts";

/** Pricing in this process, the real inventory in its own, both on one real Postgres. */
export interface RunningPricing extends AsyncDisposable {
  client: Client<typeof PricingService>;
  /** Without a token. */
  anonymous: Transport;
  /** A superuser's eye on Postgres. */
  admin: Database<unknown>;
  addresses: Readonly<Record<string, string>>;
  /** Ends the inventory process. */
  stopInventory(): Promise<void>;
}

export async function startPricing(): Promise<RunningPricing> {
  await using cleanup = new AsyncDisposableStack();
  const postgres = await startPostgres();
  cleanup.defer(() => postgres.close());
  const { token, jwksUrl } = await publishToken(cleanup);

  const inventory = await startInventory({
    POLYWIRE_POSTGRES_URL: await provisionSchema({ adminUrl: postgres.url, name: "inventory" }),
    POLYWIRE_JWKS_URL: jwksUrl,
  });
  cleanup.defer(inventory.stop);
  const app = await start({
    host: "127.0.0.1",
    grpcPort: 0,
    httpPort: 0,
    instance: "test",
    logLevel: "silent",
    postgresUrl: await provisionSchema({ adminUrl: postgres.url, name: "pricing" }),
    jwksUrl,
    inventoryAddress: inventory.address,
  });
  cleanup.defer(() => app.close());
  const admin = openDatabase<unknown>({ url: postgres.url, schema: "public", maxConnections: 2 });
  cleanup.defer(() => admin.close());
  const transport = createGrpcTransport({ address: app.addresses.grpc ?? "" });
  cleanup.defer(() => transport.close());

  const running = cleanup.move();
  return {
    client: createClient(PricingService, withCallContext(transport, { defaultToken: () => token })),
    anonymous: transport,
    admin,
    addresses: app.addresses,
    stopInventory: inventory.stop,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function publishToken(cleanup: AsyncDisposableStack): Promise<{ token: string; jwksUrl: string }> {
  const issuer = createTokenIssuer({ privateJwk: await generateTokenKey() });
  const server = createServer((_, response) => response.end(JSON.stringify(issuer.jwks)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanup.defer(async () => {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  });
  const { port } = server.address() as AddressInfo;
  return { token: await issuer.issue({ subject: "orders" }), jwksUrl: `http://127.0.0.1:${port}/` };
}

async function startInventory(
  environment: Record<string, string>,
): Promise<{ address: string; stop: () => Promise<void> }> {
  const main = fileURLToPath(new URL("../../inventory/src/main.ts", import.meta.url));
  const child = spawn(process.execPath, [main], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
  };
  const address = await startedAddress(child);
  if (address === undefined) throw new Error("inventory ended before it was up; its reason is above");
  return { address, stop };
}

async function startedAddress(child: ChildProcess): Promise<string | undefined> {
  if (child.stdout === null) return undefined;
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const entry: { msg?: string; addresses?: { grpc: string } } = JSON.parse(line);
    if (entry.msg !== "started") continue;
    child.stdout.resume();
    return entry.addresses?.grpc;
  }
  return undefined;
}
