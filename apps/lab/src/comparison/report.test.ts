import { expect, test } from "vitest";
import { type ComparisonReport, type PushRow, succeeded, type WireRow } from "./report.ts";

const wire: WireRow = {
  wire: "grpc",
  path: "client>orders",
  calls: 10,
  errors: 0,
  p50Ms: 1,
  p99Ms: 2,
  bytesUpPerCall: 100,
  bytesDownPerCall: 200,
  connections: 1,
  serverCpuUsPerCall: null,
  note: null,
};
const push: PushRow = {
  wire: "sse",
  path: "client>realtime",
  events: 10,
  missing: 0,
  p50Ms: 1,
  p99Ms: 2,
  bytesPerEvent: 300,
};
const report: ComparisonReport = {
  ready: true,
  startMs: 1,
  parts: { postgres: "18.4.0", nats: null, envoy: null },
  parity: { ok: true, differences: [] },
  wires: [wire],
  push: [push],
};

test("succeeded says yes to a run in which every wire answered and agreed", () => {
  expect(succeeded(report)).toBe(true);
});

test("succeeded lets a run do without a wire that it can't offer", () => {
  expect(succeeded({ ...report, wires: [wire, { ...wire, path: null, calls: 0 }] })).toBe(true);
});

test.each<[string, Partial<ComparisonReport>]>([
  ["parity is broken", { parity: { ok: false, differences: [] } }],
  ["one call failed", { wires: [wire, { ...wire, errors: 1 }] }],
  ["a wire was never called", { wires: [{ ...wire, calls: 0 }] }],
  ["an event is missing", { push: [push, { ...push, missing: 1 }] }],
  ["no event arrived", { push: [{ ...push, events: 0 }] }],
])("succeeded says no when %s", (_, change) => {
  expect(succeeded({ ...report, ...change })).toBe(false);
});
