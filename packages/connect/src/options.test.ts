import { expect, test } from "vitest";
import { resolveConnectServersOptions } from "./options.ts";

const required = { host: "127.0.0.1", services: [] };

test("resolveConnectServersOptions fills in the defaults", () => {
  expect(resolveConnectServersOptions(required)).toMatchObject({
    port: 0,
    h2Port: 0,
    maxReceiveBytes: 4_194_304,
    maxSendBytes: 4_194_304,
    errorReasons: true,
    maxConcurrentCalls: 1000,
    maxConnections: 2000,
    maxConnectionMiB: 64,
    requestTimeoutMs: 60_000,
  });
});

test.each([
  "maxReceiveBytes",
  "maxSendBytes",
  "maxConcurrentCalls",
  "maxConnections",
  "maxConnectionMiB",
  "requestTimeoutMs",
])("resolveConnectServersOptions refuses %s that is no positive whole number and names it", (name) => {
  for (const bound of [0, -1, 1.5, Number.NaN]) {
    expect(() => resolveConnectServersOptions({ ...required, [name]: bound })).toThrow(name);
  }
});
