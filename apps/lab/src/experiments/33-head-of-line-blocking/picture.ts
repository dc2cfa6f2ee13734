import { styleText } from "node:util";
import { renderTable } from "../../terminal/table.ts";
import { count } from "../framework/words.ts";
import type { Gaps } from "./gaps.ts";
import { drawLanes, LANE_LEGEND } from "./lanes.ts";
import type { NeighboursSeen } from "./neighbours-scenario.ts";
import type { Orders } from "./order-scenario.ts";

/** What the picture shows. */
export interface Picture {
  readonly gaps: Gaps;
  readonly orders: Orders;
  readonly neighbours: readonly NeighboursSeen[];
}

/** Calls against time with the gap across them, and what the other scenarios counted. 80 columns. */
export function drawPicture({ gaps, orders, neighbours }: Picture): string {
  return [
    ...drawGaps(gaps),
    ...drawOrders(orders),
    "",
    styleText("bold", "Calls beside a reply that is not read, on one HTTP/2 connection"),
    "",
    renderTable(
      [{ title: "not read by" }, { title: "answered meanwhile" }, { title: "later" }, { title: "sent of the reply" }],
      neighbours.map(({ unread, finishedDuring, finishedAfter, sentAfter, bodyBytes }) => [
        unread === "application" ? "the application" : "the receiver at all",
        String(finishedDuring),
        String(finishedAfter),
        `${count(sentAfter)} of ${count(bodyBytes)}`,
      ]),
    ),
  ].join("\n");
}

/** The lanes of every run with a gap. */
export function drawGaps({ multiplexed, spread, oneStream }: Gaps): string[] {
  return [
    styleText("bold", "Calls against time, the gap across them"),
    LANE_LEGEND,
    "",
    ...drawLanes(spread, "connection"),
    ...multiplexed.flatMap((seen) => drawLanes(seen, "call")),
    ...drawLanes(oneStream, "call"),
  ];
}

/** Who overtakes whom. */
function drawOrders({ http1, http2 }: Orders): string[] {
  return [
    styleText("bold", "Fast calls behind a slow one, on one connection"),
    "",
    renderTable(
      [{ title: "over" }, { title: "answered by the server before it" }, { title: "received before it" }],
      [http1, http2].map(({ http, servedBefore, repliedBefore, fast }) => [
        http === 1 ? "HTTP/1.1" : "HTTP/2",
        `${servedBefore} of ${fast}`,
        `${repliedBefore} of ${fast}`,
      ]),
    ),
  ];
}
