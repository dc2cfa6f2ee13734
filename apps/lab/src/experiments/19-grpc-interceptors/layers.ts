/** The layers whose order is tried; `limit` is always innermost, because nothing here depends on it. */
export type Layer = "metrics" | "log" | "recover" | "auth";

/** Outermost first. */
export type Order = readonly Layer[];

/** As the product has it: what counts and writes is outside of what recovers, and that is outside of what may fail. */
export const RIGHT_ORDER: Order = ["metrics", "log", "recover", "auth"];

/** All 24 of them, in a fixed sequence. */
export function allOrders(): Order[] {
  return permutations(RIGHT_ORDER);
}

/** `metrics,log,recover,auth` */
export function orderName(order: Order): string {
  return order.join(",");
}

function permutations(layers: readonly Layer[]): Layer[][] {
  if (layers.length === 0) return [[]];
  return layers.flatMap((first) =>
    permutations(layers.filter((layer) => layer !== first)).map((rest) => [first, ...rest]),
  );
}
