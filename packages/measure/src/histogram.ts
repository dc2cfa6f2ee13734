import { createHistogram as createRecorder, type RecordableHistogram } from "node:perf_hooks";

/** The raw content of a histogram, as it goes into evidence files. Lossless: the same quantiles come out again. */
export interface HistogramData {
  readonly unit: "ns";
  readonly significantDigits: 3;
  readonly count: number;
  /** `[lowest value of the bucket in ns, count]`, ascending, empty buckets left out. */
  readonly buckets: readonly (readonly [valueNs: number, count: number])[];
}

/** Durations in buckets of 1 ns, or of a 1024th of the value where that is wider. About 360 KB, whatever is recorded. */
export interface Histogram {
  /** How many values were recorded. */
  readonly count: number;
  /** Smallest, largest and mean value in ms; NaN while empty. */
  readonly minMs: number;
  readonly maxMs: number;
  readonly meanMs: number;
  /** Records one duration in ms; anything below 1 ns counts as 1 ns. */
  recordMs(valueMs: number): void;
  /**
   * The value in ms that the given share (0 to 1) of the values does not exceed, exact to three digits; NaN while empty.
   * @throws RangeError if the share is not within 0 and 1.
   */
  quantileMs(quantile: number): number;
  /** Adds every value of the other one. */
  merge(other: Histogram): void;
  /** The raw buckets; `createHistogram(data)` reads them back. */
  toJSON(): HistogramData;
}

/** An HDR histogram of Node, and the method of it that its published types leave out. */
type Recorder = RecordableHistogram & { countAt(valueNs: number): number };

const NS_PER_MS = 1e6;
/** Three digits take 2048 linear buckets; from there on each doubling of the value has 1024. */
const LINEAR_BUCKETS = 2048;
const BUCKETS_PER_DOUBLING = 1024;

/**
 * An empty histogram, or one with the content of `data`.
 * @throws RangeError if `data` is not what `toJSON` gives.
 */
export function createHistogram(data?: HistogramData): Histogram {
  const recorder = createRecorder({ figures: 3 }) as Recorder;
  const orNaN = (ns: number) => (recorder.count === 0 ? Number.NaN : ns / NS_PER_MS);
  const add = ({ buckets }: HistogramData) => {
    for (const [valueNs, count] of buckets) {
      for (let index = 0; index < count; index += 1) recorder.record(valueNs);
    }
  };
  if (data !== undefined) {
    assertData(data);
    add(data);
  }
  return {
    get count() {
      return recorder.count;
    },
    get minMs() {
      return orNaN(recorder.min);
    },
    get maxMs() {
      return orNaN(recorder.max);
    },
    get meanMs() {
      return orNaN(recorder.mean);
    },
    recordMs: (valueMs) => recorder.record(Math.max(1, Math.round(valueMs * NS_PER_MS))),
    quantileMs(quantile) {
      if (!(quantile >= 0 && quantile <= 1)) throw new RangeError(`a quantile is within 0 and 1, got ${quantile}`);
      return orNaN(quantile === 0 ? recorder.min : recorder.percentile(quantile * 100));
    },
    merge: (other) => add(other.toJSON()),
    toJSON: () => ({ unit: "ns", significantDigits: 3, count: recorder.count, buckets: bucketsOf(recorder) }),
  };
}

function bucketsOf(recorder: Recorder): [number, number][] {
  const buckets: [number, number][] = [];
  if (recorder.count === 0) return buckets;
  const first = lowestOfBucket(recorder.min);
  for (let valueNs = first; valueNs <= recorder.max; valueNs += bucketWidth(valueNs)) {
    const count = recorder.countAt(valueNs);
    if (count > 0) buckets.push([valueNs, count]);
  }
  return buckets;
}

function bucketWidth(valueNs: number): number {
  return valueNs < LINEAR_BUCKETS ? 1 : 2 ** Math.floor(Math.log2(valueNs)) / BUCKETS_PER_DOUBLING;
}

function lowestOfBucket(valueNs: number): number {
  const width = bucketWidth(valueNs);
  return Math.floor(valueNs / width) * width;
}

function assertData(data: HistogramData): void {
  const total = data.buckets.reduce((sum, [, count]) => sum + count, 0);
  const valid = data.buckets.every(([value, count]) => isPositiveInteger(value) && isPositiveInteger(count));
  if (data.unit !== "ns" || data.significantDigits !== 3 || !valid || total !== data.count) {
    throw new RangeError("not the data of a histogram: expected ns, three digits and counts that add up");
  }
}

function isPositiveInteger(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
