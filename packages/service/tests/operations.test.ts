import { sql } from "kysely";
import { expect, test } from "vitest";
import { checkReadiness, createMetrics, openDatabase, startOperations } from "../src/index.ts";
import { startTestDatabase } from "./postgres.ts";

test("startOperations serves livez, readyz and metrics, and turns readiness off while draining", async () => {
  let ready = true;
  const operations = await startOperations({
    host: "127.0.0.1",
    port: 0,
    ready: async () => ({ ready, checks: { database: ready ? "ok" : "failed" } }),
    metrics: createMetrics().registry,
  });
  const status = async (path: string, method = "GET"): Promise<number> =>
    (await fetch(`http://127.0.0.1:${operations.port}${path}`, { method })).status;
  try {
    expect(await status("/livez")).toBe(200);
    expect(await status("/readyz?verbose")).toBe(200);
    expect(await status("/metrics")).toBe(200);
    expect(await status("/other")).toBe(404);
    expect(await status("/livez", "POST")).toBe(405);
    ready = false;
    expect(await status("/readyz")).toBe(503);
    ready = true;
    operations.drain();
    expect(await status("/readyz")).toBe(503);
    expect(await status("/livez")).toBe(200);
  } finally {
    await operations.close();
  }
});

test("startOperations answers 500 without internal text when a check throws", async () => {
  const operations = await startOperations({
    host: "127.0.0.1",
    port: 0,
    ready: () => Promise.reject(new Error("internal")),
    metrics: createMetrics().registry,
  });
  try {
    const response = await fetch(`http://127.0.0.1:${operations.port}/readyz`);
    expect([response.status, await response.json()]).toEqual([500, { error: "internal error" }]);
  } finally {
    await operations.close();
  }
});

test("startOperations rejects when the port is taken", async () => {
  const options = { host: "127.0.0.1", ready: async () => ({ ready: true, checks: {} }) };
  const first = await startOperations({ ...options, port: 0, metrics: createMetrics().registry });
  try {
    const second = startOperations({ ...options, port: first.port, metrics: createMetrics().registry });
    await expect(second).rejects.toThrow("EADDRINUSE");
  } finally {
    await first.close();
  }
});

test("checkReadiness cancels a statement that does not answer in time", async () => {
  await using postgres = await startTestDatabase("slow");
  const database = openDatabase<unknown>({ url: postgres.url, schema: "slow", maxConnections: 1 });
  try {
    const report = await checkReadiness({ database: () => sql`select pg_sleep(60)`.execute(database.db) }, 50);
    expect(report).toEqual({ ready: false, checks: { database: "no answer within 50 ms" } });
    // The only connection is free again.
    await database.ping();
  } finally {
    await database.close();
  }
});
