export { type Arrivals, constantArrivals, poissonArrivals } from "./arrivals.ts";
export { type Clock, preciseClock } from "./clock.ts";
export { cpuTimeNs } from "./cpu.ts";
export { createHistogram, type Histogram, type HistogramData } from "./histogram.ts";
export {
  type Comparison,
  type InterleaveOptions,
  type InterleaveResult,
  interleave,
  median,
  type Variant,
} from "./interleave.ts";
export {
  type CpuMeasurement,
  type IdleBaseline,
  type IdleBaselineOptions,
  idleBaseline,
  type MeasureCpuOptions,
  measureCpu,
} from "./measure-cpu.ts";
export { type MemoryReport, type ProcessMemory, readMemory } from "./memory.ts";
export { runOpenLoop } from "./open-loop.ts";
export type { OpenLoopOptions } from "./open-loop-options.ts";
export { type ErrorSample, isTrustworthy, type OpenLoopResult } from "./open-loop-result.ts";
export { processTree } from "./process-tree.ts";
export type { Target } from "./target.ts";
