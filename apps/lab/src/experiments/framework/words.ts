/** A count for people: `1,000`. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** How many of how many: `all 1,000`, `none of 1,000`, `7 of 1,000`. */
export function share(some: number, total: number): string {
  if (some === total && total > 0) return `all ${count(total)}`;
  return `${some === 0 ? "none" : count(some)} of ${count(total)}`;
}

/** A part of a whole for people: `46 %`. */
export function percent(ratio: number): string {
  return `${Math.round(100 * ratio)} %`;
}
