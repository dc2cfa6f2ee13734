import { expect, test } from "vitest";
import { type RealtimeServerOptions, resolveRealtimeServerOptions } from "./options.ts";

const needed = {} as RealtimeServerOptions;

test("resolveRealtimeServerOptions fills in every default", () => {
  const resolved = resolveRealtimeServerOptions(needed);
  expect(resolved).toMatchObject({
    maxConnections: 10_000,
    maxFrameBytes: 65_536,
    maxQueueEvents: 1024,
    heartbeatMs: 15_000,
  });
});

test("resolveRealtimeServerOptions refuses bounds that bound nothing, and origins that are none", () => {
  for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => resolveRealtimeServerOptions({ ...needed, maxQueueBytes: value })).toThrow(/maxQueueBytes/);
  }
  for (const origin of ["*", "shop.example", "https://shop.example/"]) {
    expect(() => resolveRealtimeServerOptions({ ...needed, allowedOrigins: [origin] })).toThrow(/allowedOrigins/);
  }
});
