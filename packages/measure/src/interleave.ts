/** One of the things compared: `run` measures it once and gives a positive figure, whatever its unit. */
export interface Variant {
  readonly name: string;
  run(): Promise<number>;
}

/** What `interleave` is told. */
export interface InterleaveOptions {
  /** The first is the reference that the others are divided by. */
  readonly variants: readonly [Variant, Variant, ...Variant[]];
  /** Rounds that count, 7 at least. Default 7. */
  readonly pairs?: number;
  /** Rounds run before and thrown away: caches and compilers warm up in them. Default 1. */
  readonly discardFirst?: number;
}

/** A variant against the reference of the same round. */
export interface Comparison {
  readonly name: string;
  /** Its figures, one per round that counts. */
  readonly values: readonly number[];
  /** Its figure divided by the reference's of the same round. */
  readonly ratios: readonly number[];
  readonly medianRatio: number;
}

/** The figures of the reference and every other variant compared with it. */
export interface InterleaveResult {
  readonly reference: { readonly name: string; readonly values: readonly number[] };
  readonly comparisons: readonly Comparison[];
}

const MIN_PAIRS = 7;

/**
 * Measures the variants in turn, A/B/A/B, and compares within each round only: what drifts on the machine (clock speed,
 * neighbours) meets both and cancels out, and the median leaves out the rounds it did not.
 * @throws RangeError for options out of range, or a figure that is not a positive number.
 */
export async function interleave(options: InterleaveOptions): Promise<InterleaveResult> {
  const { variants, pairs = MIN_PAIRS, discardFirst = 1 } = options;
  if (!Number.isSafeInteger(pairs) || pairs < MIN_PAIRS) throw new RangeError(`pairs must be at least ${MIN_PAIRS}`);
  if (!Number.isSafeInteger(discardFirst) || discardFirst < 0)
    throw new RangeError("discardFirst must not be negative");

  const measured = variants.map(({ name }) => ({ name, values: [] as number[] }));
  for (let round = 0; round < discardFirst + pairs; round += 1) {
    for (const [index, variant] of variants.entries()) {
      const value = await variant.run();
      if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`${variant.name} measured ${value}`);
      if (round >= discardFirst) measured[index]?.values.push(value);
    }
  }
  const [reference = { name: "", values: [] }, ...others] = measured;
  return { reference, comparisons: others.map((other) => compare(other, reference.values)) };
}

function compare({ name, values }: { name: string; values: number[] }, reference: readonly number[]): Comparison {
  const ratios = values.map((value, round) => value / (reference[round] ?? Number.NaN));
  return { name, values, ratios, medianRatio: median(ratios) };
}

/** The value in the middle; between the two in the middle of an even number of values. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}
