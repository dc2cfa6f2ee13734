/** An amount of one SKU. */
export interface Line {
  sku: string;
  quantity: number;
}

/** Whether both say the same, in whatever order; each names a SKU once. */
export function sameLines(left: readonly Line[], right: readonly Line[]): boolean {
  const quantities = new Map(left.map(({ sku, quantity }) => [sku, quantity]));
  return left.length === right.length && right.every(({ sku, quantity }) => quantities.get(sku) === quantity);
}
