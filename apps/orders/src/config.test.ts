import { expect, test } from "vitest";
import { readConfig } from "./config.ts";

const required = {
  POLYWIRE_POSTGRES_URL: "postgres://orders:secret@127.0.0.1:5432/postgres",
  POLYWIRE_JWKS_URL: "http://127.0.0.1:8081/.well-known/jwks.json",
  POLYWIRE_SERVICE_TOKEN: "token",
  POLYWIRE_PRICING_ADDRESS: "127.0.0.1:5001",
  POLYWIRE_INVENTORY_ADDRESS: "127.0.0.1:5002",
};

test("readConfig fills in defaults: free ports, no NATS, no origins", () => {
  expect(readConfig(required)).toMatchObject({
    host: "127.0.0.1",
    grpcPort: 0,
    connectH2Port: 0,
    natsUrl: undefined,
    allowedOrigins: [],
    claimLeaseMs: 30_000,
  });
});

test("readConfig splits the allowed origins", () => {
  const config = readConfig({ ...required, POLYWIRE_ALLOWED_ORIGINS: "http://a:1,https://b" });
  expect(config.allowedOrigins).toEqual(["http://a:1", "https://b"]);
});

test("readConfig refuses unknown, missing and bad variables, all at once", () => {
  const { POLYWIRE_JWKS_URL: _, ...missing } = required;
  const bad = {
    ...missing,
    POLYWIRE_NATS_ULR: "nats://x:1",
    POLYWIRE_GRPC_PORT: "70000",
    POLYWIRE_CLAIM_LEASE_MS: "1",
  };
  const read = () => readConfig(bad);
  expect(read).toThrow("POLYWIRE_JWKS_URL");
  expect(read).toThrow("did you mean POLYWIRE_NATS_URL");
  expect(read).toThrow("POLYWIRE_GRPC_PORT");
  expect(read).toThrow("POLYWIRE_CLAIM_LEASE_MS");
});

test("readConfig takes a wrong clock for development only", () => {
  const skewed = { ...required, POLYWIRE_DEVELOPMENT_CLOCK_SKEW_MS: "10000" };
  expect(readConfig(skewed).clockSkewMs).toBe(10_000);
  expect(readConfig(required).clockSkewMs).toBe(0);
  expect(() => readConfig({ ...skewed, NODE_ENV: "production" })).toThrow("is for development");
});
