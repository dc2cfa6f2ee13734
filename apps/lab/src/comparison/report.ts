import type { CallWire, PushWire } from "../wires/wire.ts";

/** What `--json` prints: one document, stable names. A figure that could not be had is null, never zero. */
export interface ComparisonReport {
  readonly ready: true;
  /** From the start of the command to the whole system being ready. */
  readonly startMs: number;
  /** The version of each real part; null when this run does without. */
  readonly parts: { readonly postgres: string | null; readonly nats: string | null; readonly envoy: string | null };
  readonly parity: ParityReport;
  readonly wires: readonly WireRow[];
  readonly push: readonly PushRow[];
}

/** Whether every wire tells the same. */
export interface ParityReport {
  readonly ok: boolean;
  readonly differences: readonly ParityDifference[];
}

/** One answer that is not the reference wire's. */
export interface ParityDifference {
  readonly case: string;
  readonly wire: CallWire;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Calls over one wire. */
export interface WireRow {
  readonly wire: CallWire;
  /** The proxy hops it crossed, as `client>envoy>gateway>orders`; null when this run can't offer the wire. */
  readonly path: string | null;
  readonly calls: number;
  readonly errors: number;
  /** From the intended start of the call. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** TCP payload from the client, everything included, and to it. */
  readonly bytesUpPerCall: number | null;
  readonly bytesDownPerCall: number | null;
  readonly connections: number;
  /** Over every process on the path, less what they use when idle; null without nanosecond accounting. */
  readonly serverCpuUsPerCall: number | null;
  /** Why the row is empty or not to be trusted; null when it is fine. */
  readonly note: string | null;
}

/** Events over one wire. */
export interface PushRow {
  readonly wire: PushWire;
  readonly path: string;
  readonly events: number;
  /** Events committed but not delivered. */
  readonly missing: number;
  /** From the database's clock in the transaction's last statement to the client. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly bytesPerEvent: number | null;
}

/** Whether the run counts as a success: every wire answered every call, every event arrived, and they all agree. */
export function succeeded(report: ComparisonReport): boolean {
  return (
    report.parity.ok &&
    report.wires.every((row) => row.path === null || (row.calls > 0 && row.errors === 0)) &&
    report.push.every((row) => row.events > 0 && row.missing === 0)
  );
}
