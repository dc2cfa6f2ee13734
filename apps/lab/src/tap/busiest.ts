import type { HopEvent } from "./hop-event.ts";
import { isShown } from "./lanes.ts";

/** When nothing passes for so long, what follows is another time. */
const BURST_GAP_MS = 1000;

/** The events of HTTP and WebSocket of the time at which most passed without a long break, and how many such times there were. */
export function busiest(events: readonly HopEvent[]): { readonly burst: readonly HopEvent[]; readonly bursts: number } {
  const bursts: HopEvent[][] = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const event of events) {
    if (!isShown(event)) continue;
    if (event.atMs - lastMs > BURST_GAP_MS) bursts.push([]);
    bursts.at(-1)?.push(event);
    lastMs = event.atMs;
  }
  const burst = bursts.toSorted((a, b) => b.length - a.length)[0] ?? [];
  return { burst, bursts: bursts.length };
}
