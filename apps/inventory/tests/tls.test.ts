import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@polywire/contract/grpc/health/v1/health";
import { createGrpcTransport } from "@polywire/grpc";
import { createCertificateAuthority } from "@polywire/service/development";
import { expect, test } from "vitest";
import { start } from "../src/app.ts";
import { readConfig } from "../src/config.ts";
import { startInventory } from "./running-inventory.ts";

test("inventory with POLYWIRE_TLS_… serves who shows a certificate of its authority, and nobody else", async () => {
  await using inventory = await startInventory();
  const folder = await mkdtemp(join(tmpdir(), "polywire-tls-"));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true }));
  const authority = await createCertificateAuthority();
  const { cert, key } = await authority.issue({ name: "inventory" });
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const { tls } = readConfig({
    POLYWIRE_POSTGRES_URL: inventory.config.postgresUrl,
    POLYWIRE_JWKS_URL: inventory.config.jwksUrl,
    POLYWIRE_TLS_CERT_FILE: await file("tls.crt", cert),
    POLYWIRE_TLS_KEY_FILE: await file("tls.key", key),
    POLYWIRE_TLS_CA_FILE: await file("ca.crt", authority.cert),
    POLYWIRE_TLS_CLIENT_CERTIFICATE: "required",
  });
  await using app = await start({ ...inventory.config, tls });
  const check = async (shown: object) => {
    using transport = createGrpcTransport({
      address: String(app.addresses.grpc),
      tls: { ca: authority.cert, ...shown },
    });
    return await createClient(Health, transport).check({}, { timeoutMs: 5000 });
  };
  expect((await check(await authority.issue({ name: "orders" }))).status).toBe(Status.SERVING);
  const refused = await check({}).catch((error: unknown) => ConnectError.from(error));
  expect(refused).toMatchObject({ code: Code.Unavailable });
});
