import { expect, test } from "vitest";
import { printReport } from "./print-report.ts";
import type { ComparisonReport } from "./report.ts";

const report: ComparisonReport = {
  ready: true,
  startMs: 1,
  parts: { postgres: "18.4.0", nats: null, envoy: null },
  parity: { ok: true, differences: [] },
  wires: [
    {
      wire: "rest-h1",
      path: "client>gateway>orders",
      calls: 1_400,
      errors: 2,
      p50Ms: 1.234,
      p99Ms: 123.4,
      bytesUpPerCall: 467.4,
      bytesDownPerCall: 1_206,
      connections: 36,
      serverCpuUsPerCall: 2_589.2,
      note: "connection reset",
    },
    {
      wire: "rest-h2",
      path: null,
      calls: 0,
      errors: 0,
      p50Ms: null,
      p99Ms: null,
      bytesUpPerCall: null,
      bytesDownPerCall: null,
      connections: 0,
      serverCpuUsPerCall: null,
      note: "needs Envoy",
    },
  ],
  push: [
    { wire: "sse", path: "client>realtime", events: 120, missing: 3, p50Ms: 30.66, p99Ms: 62.8, bytesPerEvent: 1_222 },
  ],
};

test("printReport lines the figures up under their titles and marks what is not there", () => {
  expect(printReport(report)).toBe(`✓ Parity: every wire gives the same orders and the same errors

Calls  reading one order, open loop; latency from the intended start

wire     calls  errors  p50 ms  p99 ms  B up  B down  conns  server µs  path
rest-h1  1,400       2    1.23     123   467   1,206     36      2,589  client>gateway>orders
rest-h2      –       –       –       –     –       –      –          –  –

! rest-h1: connection reset
! rest-h2: needs Envoy

Push  from the commit in the database to the client

wire  events  missing  p50 ms  p99 ms  B/event  path
sse      120        3    30.7    62.8    1,222  client>realtime`);
});

test("printReport shows both sides of every difference when parity is broken", () => {
  const differences = [
    { case: "missing", wire: "ws-json" as const, expected: { code: "NOT_FOUND" }, actual: { code: "OK" } },
  ];
  const printed = printReport({ ...report, parity: { ok: false, differences } });
  expect(printed).toContain(`✗ Parity is broken: 1 answer differs from gRPC's
  ws-json: missing
    expected {"code":"NOT_FOUND"}
    actual   {"code":"OK"}`);
});
