/** Milliseconds in each unit of `grpc-timeout`, finest first. */
const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ["n", 1e-6],
  ["u", 1e-3],
  ["m", 1],
  ["S", 1000],
  ["M", 60_000],
  ["H", 3_600_000],
];
const MAX_VALUE = 99_999_999;

/**
 * Reads `grpc-timeout`: at most eight digits and a unit.
 *
 * @returns milliseconds, with fractions for `u` and `n`; `undefined` when the text is not a timeout.
 */
export function parseGrpcTimeoutMs(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? [];
  const ms = UNITS.find(([name]) => name === unit)?.[1];
  if (digits === undefined || ms === undefined) return undefined;
  // Division keeps the finer units exact where a fraction of a millisecond has a binary form at all.
  return ms < 1 ? Number(digits) / Math.round(1 / ms) : Number(digits) * ms;
}

/**
 * Writes `grpc-timeout` in the finest unit that eight digits hold, rounded up: a deadline must not come early by
 * writing it down. Nothing left is written as the least there is, because the value must be positive.
 */
export function formatGrpcTimeout(timeoutMs: number): string {
  for (const [unit, ms] of UNITS) {
    const value = Math.max(1, Math.ceil(ms < 1 ? timeoutMs * Math.round(1 / ms) : timeoutMs / ms));
    if (value <= MAX_VALUE) return `${value}${unit}`;
  }
  return `${MAX_VALUE}H`;
}
