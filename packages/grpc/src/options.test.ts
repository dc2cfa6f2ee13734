import { expect, test } from "vitest";
import { resolveGrpcServerOptions, resolveGrpcTransportOptions } from "./options.ts";

test("resolveGrpcServerOptions fills in the defaults", () => {
  expect(resolveGrpcServerOptions({ services: [] })).toMatchObject({
    services: [],
    interceptors: [],
    maxReceiveBytes: 4_194_304,
    maxSendBytes: 4_194_304,
    errorReasons: true,
    maxConcurrentCalls: 1000,
    maxConnections: 2000,
    maxConnectionMiB: 64,
    requestTimeoutMs: 60_000,
    maxConnectionAgeMs: 300_000,
    maxConnectionAgeGraceMs: Number.POSITIVE_INFINITY,
  });
});

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
  "resolve…Options refuse a bound of %d and name it",
  (bound) => {
    const bounds = ["maxConcurrentCalls", "maxConnections", "maxConnectionMiB", "requestTimeoutMs"];
    for (const name of ["maxReceiveBytes", "maxSendBytes", ...bounds]) {
      expect(() => resolveGrpcServerOptions({ services: [], [name]: bound })).toThrow(name);
    }
    for (const name of ["maxReceiveBytes", "maxSendBytes", "minResolutionIntervalMs", "maxSilenceMs"]) {
      expect(() => resolveGrpcTransportOptions({ address: "a:1", [name]: bound })).toThrow(name);
    }
  },
);

test.each([0, -1, Number.NaN, 2_000_000_000])("resolveGrpcServerOptions refuses an age of %d and names it", (ms) => {
  for (const name of ["maxConnectionAgeMs", "maxConnectionAgeGraceMs"]) {
    expect(() => resolveGrpcServerOptions({ services: [], [name]: ms })).toThrow(name);
  }
});

test("resolveGrpcTransportOptions spreads calls over all addresses of a name unless told otherwise", () => {
  expect(resolveGrpcTransportOptions({ address: "dns:///orders:5000" })).toEqual({
    address: "dns:///orders:5000",
    interceptors: [],
    maxReceiveBytes: 4_194_304,
    maxSendBytes: 4_194_304,
    compression: "identity",
    loadBalancing: "round_robin",
    minResolutionIntervalMs: 30_000,
    maxSilenceMs: 10_000,
  });
});

test("resolveGrpcTransportOptions refuses an empty address and what it does not know", () => {
  expect(() => resolveGrpcTransportOptions({ address: "" })).toThrow("address");
  expect(() => resolveGrpcTransportOptions({ address: "a:1", compression: "zip" as "gzip" })).toThrow("compression");
  const loadBalancing = "random" as "pick_first";
  expect(() => resolveGrpcTransportOptions({ address: "a:1", loadBalancing })).toThrow("loadBalancing");
});
