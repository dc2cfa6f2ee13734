import type { CallLog } from "@polywire/rpc";
import { Counter, collectDefaultMetrics, Histogram, Registry } from "@prometheus-io/client";

/** A process's metrics. */
export interface Metrics {
  /** Where an app adds its own; `/metrics` prints it. */
  readonly registry: Registry;
  /** Counts a served call and its duration; wraps another log, so that both see the same record. */
  observing(log: CallLog): CallLog;
  /** Counts the connections that a port refused or cut because of what their clients did. */
  refusedConnections(port: string): (why: "limit" | "protocol") => void;
}

/** Bounds of the duration buckets, in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Methods that get a label of their own; further ones share "other", so that no caller can grow the registry. */
const MAX_METHODS = 100;

/**
 * A registry with the usual process metrics, `polywire_calls_seconds{method,code}`, a histogram of served calls, and
 * `polywire_refused_connections_total{port,why}`.
 *
 * @returns the metrics of this process
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const calls = new Histogram({
    name: "polywire_calls_seconds",
    help: "Calls served, by method and canonical code.",
    labelNames: ["method", "code"],
    buckets: BUCKETS,
    registers: [registry],
  });
  const refused = new Counter({
    name: "polywire_refused_connections_total",
    help: "Connections refused (limit: there were too many) or cut (protocol: bytes that no honest client sends).",
    labelNames: ["port", "why"],
    registers: [registry],
  });
  const methods = new Set<string>();
  const methodLabel = (method: string): string => {
    if (methods.has(method)) return method;
    if (methods.size >= MAX_METHODS) return "other";
    methods.add(method);
    return method;
  };
  return {
    registry,
    observing: (log) => (record) => {
      calls.observe({ method: methodLabel(record.method), code: record.code }, record.durationMs / 1000);
      log(record);
    },
    refusedConnections: (port) => (why) => refused.inc({ port, why }),
  };
}
