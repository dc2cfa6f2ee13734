import { isDeepStrictEqual } from "node:util";
import { type InterleaveOptions, interleave, isTrustworthy, type OpenLoopResult } from "@polywire/measure";
import type { ValidityCheck } from "./experiment.ts";

/** The load was sent on time; otherwise the generator measured itself. */
export function generatorCheck(name: string, { sendLag }: Pick<OpenLoopResult, "sendLag">): ValidityCheck {
  const lagMs = sendLag.quantileMs(0.99).toFixed(1);
  return { name: `send lag of ${name}`, ok: isTrustworthy({ sendLag }), because: `p99 ${lagMs} ms, 20 ms at most` };
}

/** Every variant returned the same thing: only then can they be compared. */
export function parityCheck(name: string, byVariant: Readonly<Record<string, unknown>>): ValidityCheck {
  const [[reference, expected] = ["", undefined], ...others] = Object.entries(byVariant);
  const different = others.filter(([, value]) => !isDeepStrictEqual(value, expected)).map(([variant]) => variant);
  const ok = different.length === 0;
  const because = ok
    ? `${others.length + 1} variants agree`
    : `${different.join(", ")} returned something else than ${reference}`;
  return { name: `parity of ${name}`, ok, because };
}

/** How a timed claim is decided. */
export interface TimedOptions extends Omit<InterleaveOptions, "variants"> {
  /** The variant divided by, and the one that the claim says costs more. */
  readonly variants: readonly [InterleaveOptions["variants"][0], InterleaveOptions["variants"][1]];
  /** The ratio known from earlier measurements. */
  readonly expectedRatio: number;
  /** Where the verdict turns; at least a factor of 1.4 away from `expectedRatio`. */
  readonly threshold: number;
}

/** What the pairs came to. */
export interface TimedResult {
  readonly ratios: readonly number[];
  readonly medianRatio: number;
  readonly threshold: number;
  /** Whether the median lies on the expected side of the threshold. */
  readonly asExpected: boolean;
}

const SAFE_FACTOR = 1.4;

/**
 * Measures two variants in turn, A/B/A/B, and takes the median of the ratios within the pairs.
 * @throws RangeError when the threshold is so near to the expected ratio that noise could decide.
 */
export async function compareTimes(options: TimedOptions): Promise<TimedResult> {
  const { expectedRatio, threshold } = options;
  if (Math.max(expectedRatio / threshold, threshold / expectedRatio) < SAFE_FACTOR) {
    throw new RangeError(`a threshold of ${threshold} is within a factor ${SAFE_FACTOR} of ${expectedRatio}`);
  }
  const { comparisons } = await interleave(options);
  const { ratios = [], medianRatio = Number.NaN } = comparisons[0] ?? {};
  const asExpected = expectedRatio > threshold ? medianRatio > threshold : medianRatio < threshold;
  return { ratios, medianRatio, threshold, asExpected };
}
