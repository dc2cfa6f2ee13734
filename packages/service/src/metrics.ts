import type { CallMeter } from "@polywire/rpc";
import { Counter, collectDefaultMetrics, Histogram, Registry } from "@prometheus-io/client";

/** A process's metrics. */
export interface Metrics {
  /** Where an app adds its own; `/metrics` prints it. */
  readonly registry: Registry;
  /** Counts the calls that this process serves: `polywire_calls_…`. */
  readonly served: CallMeter;
  /** Counts the attempts of calls that it makes to other services: `polywire_client_attempts_…`. */
  readonly made: CallMeter;
  /** Counts the connections that a port refused or cut because of what their clients did. */
  refusedConnections(port: string): (why: "limit" | "protocol") => void;
}

/** Bounds of the duration buckets, in seconds. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const MESSAGE_BUCKETS = [0, 1, 10, 100, 1000, 10_000, 100_000, 1_000_000];

/** Methods that get a label of their own; further ones share "other", so that no caller can grow the registry. */
const MAX_METHODS = 100;

/**
 * A registry with the usual process metrics and those of calls, each by `method`:
 *
 * - `polywire_calls_started_total`
 * - `polywire_calls_seconds`, by `code` too: a histogram of those that have ended; the others are running
 * - `polywire_calls_stream_messages`, by `direction` (requests, responses): a histogram of the messages of streams
 *
 * and the same as `polywire_client_attempts_…`; and `polywire_refused_connections_total`, by `port` and `why`.
 *
 * @returns the metrics of this process
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const refused = new Counter({
    name: "polywire_refused_connections_total",
    help: "Connections refused (limit: there were too many) or cut (protocol: bytes that no honest client sends).",
    labelNames: ["port", "why"],
    registers: [registry],
  });
  return {
    registry,
    served: createMeter(registry, { prefix: "polywire_calls", what: "Calls served" }),
    made: createMeter(registry, { prefix: "polywire_client_attempts", what: "Attempts of calls to other services" }),
    refusedConnections: (port) => (why) => refused.inc({ port, why }),
  };
}

function createMeter(registry: Registry, { prefix, what }: { prefix: string; what: string }): CallMeter {
  const registers = [registry];
  const started = new Counter({
    name: `${prefix}_started_total`,
    help: `${what}, by method.`,
    labelNames: ["method"],
    registers,
  });
  const seconds = new Histogram({
    name: `${prefix}_seconds`,
    help: `${what} that have ended, by method and canonical code.`,
    labelNames: ["method", "code"],
    buckets: DURATION_BUCKETS,
    registers,
  });
  const messages = new Histogram({
    name: `${prefix}_stream_messages`,
    help: `${what} that streamed: messages of each, by method and direction.`,
    labelNames: ["method", "direction"],
    buckets: MESSAGE_BUCKETS,
    registers,
  });
  const labelOf = boundedLabels();
  return {
    started: (name) => started.inc({ method: labelOf(name) }),
    ended({ method: name, code, durationMs, messages: streamed }) {
      const method = labelOf(name);
      seconds.observe({ method, code }, durationMs / 1000);
      if (!streamed) return;
      messages.observe({ method, direction: "requests" }, streamed.requests);
      messages.observe({ method, direction: "responses" }, streamed.responses);
    },
  };
}

function boundedLabels(): (method: string) => string {
  const methods = new Set<string>();
  return (method) => {
    if (methods.has(method)) return method;
    if (methods.size >= MAX_METHODS) return "other";
    methods.add(method);
    return method;
  };
}
