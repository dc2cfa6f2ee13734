import { expect, test } from "vitest";
import { readConfig } from "./config.ts";

const needed = { POLYWIRE_JWKS_URL: "http://127.0.0.1:1/jwks.json", POLYWIRE_ORDERS_ADDRESS: "127.0.0.1:2" };

test("readConfig takes JetStream when there is NATS, and the order service's log otherwise", () => {
  const both = { ...needed, POLYWIRE_NATS_URL: "nats://127.0.0.1:3", POLYWIRE_SERVICE_TOKEN: "secret" };
  expect(readConfig(both).log).toEqual({ natsUrl: "nats://127.0.0.1:3" });
  expect(readConfig({ ...needed, POLYWIRE_SERVICE_TOKEN: "secret" }).log).toEqual({ serviceToken: "secret" });
  expect(() => readConfig(needed)).toThrow(/POLYWIRE_SERVICE_TOKEN is missing/);
});

test("readConfig names every variable that is missing, wrong or unknown", () => {
  expect(() => readConfig({ POLYWIRE_HTTP_PORT: "x", POLYWIRE_NATS_URI: "nats://a:1" })).toThrow(
    /POLYWIRE_NATS_URI[\s\S]*POLYWIRE_HTTP_PORT|POLYWIRE_HTTP_PORT[\s\S]*POLYWIRE_NATS_URI/,
  );
});

test("readConfig splits the allowed origins", () => {
  const environment = {
    ...needed,
    POLYWIRE_SERVICE_TOKEN: "s",
    POLYWIRE_ALLOWED_ORIGINS: "http://a.example,http://b.example",
  };
  expect(readConfig(environment).allowedOrigins).toEqual(["http://a.example", "http://b.example"]);
});
