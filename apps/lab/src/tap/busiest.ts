import type { HopEvent } from "./hop-event.ts";

/** When nothing passes for so long, what follows is another time. */
const BURST_GAP_MS = 1000;

/** The events of HTTP of the time at which most passed without a long break, and how many such times there were. */
export function busiest(events: readonly HopEvent[]): { readonly burst: readonly HopEvent[]; readonly bursts: number } {
  const bursts: HopEvent[][] = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const event of events) {
    if (event.layer !== "http1" && event.layer !== "http2") continue;
    if (event.atMs - lastMs > BURST_GAP_MS) bursts.push([]);
    bursts.at(-1)?.push(event);
    lastMs = event.atMs;
  }
  const burst = bursts.toSorted((a, b) => b.length - a.length)[0] ?? [];
  return { burst, bursts: bursts.length };
}
