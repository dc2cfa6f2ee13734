/** Every random choice of a run: the same seed gives the same choices. */
export interface Random {
  /** At least 0, less than 1. */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly [T, ...T[]]): T;
  bytes(length: number): Uint8Array<ArrayBuffer>;
  /** 64 random bits. */
  bits64(): bigint;
}

/** A generator of 32-bit state (mulberry32): good enough to vary inputs, not for secrets. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const bits32 = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const next = (): number => bits32() / 2 ** 32;
  const whole = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    whole,
    chance: (probability) => next() < probability,
    pick: (items) => items[whole(0, items.length - 1)] ?? items[0],
    bytes: (length) => Uint8Array.from({ length }, () => bits32() & 0xff),
    bits64: () => (BigInt(bits32()) << 32n) | BigInt(bits32()),
  };
}
