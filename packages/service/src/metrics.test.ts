import { expect, test } from "vitest";
import { createMetrics } from "./metrics.ts";

const ok = { code: "OK" as const, durationMs: 3 };

test("createMetrics counts calls by method when they start, and by code too when they have ended", async () => {
  const { registry, served } = createMetrics();
  for (const _ of [1, 2, 3]) served.started("a.B/C");
  served.ended({ ...ok, method: "a.B/C" });
  served.ended({ ...ok, method: "a.B/C", code: "NOT_FOUND" });
  const text = await registry.metrics();
  expect(text).toContain('polywire_calls_started_total{method="a.B/C"} 3');
  expect(text).toContain('polywire_calls_seconds_count{method="a.B/C",code="OK"} 1');
  expect(text).toContain('polywire_calls_seconds_bucket{le="0.005",method="a.B/C",code="NOT_FOUND"} 1');
  expect(text).not.toContain("polywire_calls_stream_messages_count{");
  expect(text).toContain("process_resident_memory_bytes");
});

test("createMetrics counts the messages of streams by direction", async () => {
  const { registry, served } = createMetrics();
  served.ended({ ...ok, method: "a.B/C", messages: { requests: 1, responses: 250 } });
  const text = await registry.metrics();
  expect(text).toContain('polywire_calls_stream_messages_sum{method="a.B/C",direction="responses"} 250');
  expect(text).toContain('polywire_calls_stream_messages_bucket{le="1",method="a.B/C",direction="requests"} 1');
});

test("createMetrics keeps calls to other services apart", async () => {
  const { registry, made } = createMetrics();
  made.started("a.B/C");
  made.ended({ ...ok, method: "a.B/C", code: "UNAVAILABLE" });
  const text = await registry.metrics();
  expect(text).toContain('polywire_client_attempts_started_total{method="a.B/C"} 1');
  expect(text).toContain('polywire_client_attempts_seconds_count{method="a.B/C",code="UNAVAILABLE"} 1');
  expect(text).not.toContain("polywire_calls_seconds_count{");
});

test("createMetrics bounds the method labels", async () => {
  const { registry, served } = createMetrics();
  for (let index = 0; index < 150; index++) {
    served.started(`a.B/M${index}`);
    served.ended({ ...ok, method: `a.B/M${index}` });
  }
  const text = await registry.metrics();
  expect(text.match(/polywire_calls_seconds_count/g)).toHaveLength(101);
  expect(text).toContain('polywire_calls_seconds_count{method="other",code="OK"} 50');
  expect(text).toContain('polywire_calls_started_total{method="other"} 50');
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
