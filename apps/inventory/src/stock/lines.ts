import { badRequest } from "@polywire/rpc";

/** An amount of one SKU. */
export interface Line {
  sku: string;
  quantity: number;
}

/** Throws VALIDATION_FAILED when a SKU appears twice. */
export function requireDistinctSkus(lines: readonly Line[]): void {
  const seen = new Set<string>();
  const violations = lines.flatMap(({ sku }, index) => {
    if (!seen.has(sku)) {
      seen.add(sku);
      return [];
    }
    return [{ field: `lines[${index}].sku`, rule: "unique", description: "must appear only once; add the quantities" }];
  });
  if (violations.length > 0) throw badRequest(violations);
}

/** Whether both say the same, in whatever order. */
export function sameLines(left: readonly Line[], right: readonly Line[]): boolean {
  const quantities = new Map(left.map(({ sku, quantity }) => [sku, quantity]));
  return left.length === right.length && right.every(({ sku, quantity }) => quantities.get(sku) === quantity);
}
