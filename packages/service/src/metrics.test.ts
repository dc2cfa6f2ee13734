import { expect, test } from "vitest";
import { createMetrics } from "./metrics.ts";

const record = { code: "OK" as const, durationMs: 3, requestId: "r" };

test("createMetrics counts calls by method and code and hands the record on", async () => {
  const metrics = createMetrics();
  const seen: string[] = [];
  const log = metrics.observing(({ method }) => seen.push(method));
  log({ ...record, method: "a.B/C" });
  log({ ...record, method: "a.B/C", code: "NOT_FOUND" });
  const text = await metrics.registry.metrics();
  expect(text).toContain('polywire_calls_seconds_count{method="a.B/C",code="OK"} 1');
  expect(text).toContain('polywire_calls_seconds_bucket{le="0.005",method="a.B/C",code="NOT_FOUND"} 1');
  expect(text).toContain("process_resident_memory_bytes");
  expect(seen).toEqual(["a.B/C", "a.B/C"]);
});

test("createMetrics bounds the method labels", async () => {
  const metrics = createMetrics();
  const log = metrics.observing(() => undefined);
  for (let index = 0; index < 150; index++) log({ ...record, method: `a.B/M${index}` });
  const text = await metrics.registry.metrics();
  expect(text.match(/polywire_calls_seconds_count/g)).toHaveLength(101);
  expect(text).toContain('polywire_calls_seconds_count{method="other",code="OK"} 50');
});

test("createMetrics counts refused connections by port and reason", async () => {
  const metrics = createMetrics();
  const refused = metrics.refusedConnections("grpc");
  refused("limit");
  refused("protocol");
  refused("protocol");
  const text = await metrics.registry.metrics();
  expect(text).toContain('polywire_refused_connections_total{port="grpc",why="limit"} 1');
  expect(text).toContain('polywire_refused_connections_total{port="grpc",why="protocol"} 2');
});
