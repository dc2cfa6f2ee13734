import { styleText } from "node:util";
import { busiest } from "./busiest.ts";
import { drawHpackGrowth } from "./draw-hpack.ts";
import { drawLanes } from "./draw-lanes.ts";
import type { HopEvent } from "./hop-event.ts";
import { hopsOf } from "./hops.ts";
import { hpackGrowthOf } from "./hpack-growth.ts";
import { lanesOf } from "./lanes.ts";

/** Each hop's frames over time where most passed, and what HPACK saved there. 80 columns. */
export function drawHops(events: readonly HopEvent[]): string {
  return hopsOf(events)
    .flatMap((hop) => {
      const { burst } = busiest(events.filter((event) => event.hop === hop));
      if (burst.length === 0) return [];
      const growths = hpackGrowthOf(burst);
      const compression = growths.length === 0 ? [] : [drawHpackGrowth(growths)];
      return [styleText("bold", hop), drawLanes(lanesOf(burst)), ...compression];
    })
    .join("\n\n");
}
