import { expect, test } from "vitest";
import { redact } from "./redact.ts";

test("redact replaces secrets by name and passwords inside URLs, at any depth", () => {
  const config = {
    host: "127.0.0.1",
    serviceToken: "eyJ",
    tokenKey: { d: "x" },
    postgresUrl: "postgres://orders:hunter2@127.0.0.1:5432/postgres",
    inner: { password: "p", urls: ["nats://u:secret@host", "http://host/path"] },
    idempotencyKeys: 7,
    secret: undefined,
  };
  expect(redact(config)).toEqual({
    host: "127.0.0.1",
    serviceToken: "[redacted]",
    tokenKey: "[redacted]",
    postgresUrl: "postgres://orders:[redacted]@127.0.0.1:5432/postgres",
    inner: { password: "[redacted]", urls: ["nats://u:[redacted]@host", "http://host/path"] },
    idempotencyKeys: 7,
    secret: undefined,
  });
});
