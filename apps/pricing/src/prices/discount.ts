/** From how many pieces of one line on it costs how much less. */
interface DiscountTier {
  fromQuantity: number;
  /** Hundredths of a per cent. */
  basisPoints: bigint;
}

/** Highest first. */
const TIERS: readonly DiscountTier[] = [
  { fromQuantity: 200, basisPoints: 1500n },
  { fromQuantity: 50, basisPoints: 1000n },
  { fromQuantity: 10, basisPoints: 500n },
];

const WHOLE = 10_000n;

/**
 * What a line costs: quantity times unit price, less the quantity discount (5 % from 10 pieces on, 10 % from 50, 15 %
 * from 200), rounded once, to the nearest minor unit, halves up. Integers only.
 *
 * @param unitMinor price of one piece in minor units, not negative
 * @param quantity how many pieces
 * @returns minor units
 */
export function lineTotal(unitMinor: bigint, quantity: number): bigint {
  const discount = TIERS.find(({ fromQuantity }) => quantity >= fromQuantity)?.basisPoints ?? 0n;
  const scaled = unitMinor * BigInt(quantity) * (WHOLE - discount);
  return (scaled + WHOLE / 2n) / WHOLE;
}
