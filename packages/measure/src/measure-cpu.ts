import { type Clock, preciseClock } from "./clock.ts";
import { cpuTimeNs } from "./cpu.ts";

/** What processes use while nothing is asked of them. */
export interface IdleBaseline {
  /** CPU time in ns per ms of wall time, all processes together. */
  readonly nsPerMs: number;
}

/** What `idleBaseline` is told. */
export interface IdleBaselineOptions {
  /** Roots; their descendants are included. */
  readonly pids: readonly number[];
  /** How long to look, in ms. Timers of the measured processes should fire several times in it. */
  readonly durationMs: number;
  /** Default `preciseClock`. */
  readonly clock?: Clock;
}

/** What `measureCpu` is told. */
export interface MeasureCpuOptions<T> {
  /** Roots; their descendants are included. */
  readonly pids: readonly number[];
  /** The work that is measured. */
  during(): Promise<T>;
  /** Subtracted for the time the work took. Default null: nothing is. */
  readonly baseline?: IdleBaseline | null;
  /** Default `preciseClock`. */
  readonly clock?: Clock;
}

/** CPU that processes used during a piece of work. */
export interface CpuMeasurement<T> {
  /** What the work resolved to. */
  readonly value: T;
  readonly wallMs: number;
  /** All CPU time of the processes in ns, or null where `cpuTimeNs` is. */
  readonly grossNs: number | null;
  /** The same less the baseline, never below 0. */
  readonly netNs: number | null;
}

/** Measures the baseline for `measureCpu` while the processes idle; null where `cpuTimeNs` is. */
export async function idleBaseline(options: IdleBaselineOptions): Promise<IdleBaseline | null> {
  const { pids, durationMs, clock = preciseClock } = options;
  const during = () => clock.waitUntil(clock.now() + durationMs, new AbortController().signal);
  const { grossNs, wallMs } = await measureCpu({ pids, during, clock });
  return grossNs === null ? null : { nsPerMs: grossNs / wallMs };
}

/** Runs `during` and says how much CPU the processes used meanwhile; rejects with what `during` rejects with. */
export async function measureCpu<T>(options: MeasureCpuOptions<T>): Promise<CpuMeasurement<T>> {
  const { pids, during, baseline = null, clock = preciseClock } = options;
  const startedAt = clock.now();
  const before = cpuTimeNs(pids);
  const value = await during();
  const after = cpuTimeNs(pids);
  const wallMs = clock.now() - startedAt;
  if (before === null || after === null) return { value, wallMs, grossNs: null, netNs: null };
  const grossNs = Number(after - before);
  return { value, wallMs, grossNs, netNs: Math.max(0, grossNs - (baseline?.nsPerMs ?? 0) * wallMs) };
}
