/** Every hop that can be tapped, from the client inwards. */
export const HOPS = [
  "client>envoy",
  "envoy>gateway",
  "envoy>realtime",
  "envoy>orders",
  "gateway>orders",
  "realtime>orders",
  "orders>pricing",
  "orders>inventory",
  "pricing>inventory",
  "orders>postgres",
  "pricing>postgres",
  "inventory>postgres",
  "orders>nats",
  "realtime>nats",
] as const;
export type Hop = (typeof HOPS)[number];

/** The hops of events: ours from the client inwards, and behind them others in the order in which they occur. */
export function hopsOf(events: readonly { readonly hop: string }[]): readonly string[] {
  const found = new Set(events.map(({ hop }) => hop));
  return [...new Set([...HOPS.filter((hop) => found.has(hop)), ...found])];
}

/** The part that a hop leads to. */
export function calleeOf(hop: string): string {
  return hop.slice(hop.indexOf(">") + 1);
}

/** The part that a hop begins at. */
export function callerOf(hop: string): string {
  return hop.slice(0, hop.indexOf(">"));
}

/** Whether a text names a hop. */
export function isHop(text: string): text is Hop {
  return HOPS.some((hop) => hop === text);
}
