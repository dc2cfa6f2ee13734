import { styleText } from "node:util";
import { cutTo, padTo } from "../../terminal/columns.ts";
import { renderTable } from "../../terminal/table.ts";
import { TEXT_COLUMNS } from "../../terminal/wrap.ts";
import { type ShareSeen, shareOf } from "./age-claim.ts";
import type { CallSeen, DrainSeen } from "./drain.ts";
import { failedOf } from "./drain-claims.ts";

/** What the picture shows. */
export interface Picture {
  readonly drains: readonly DrainSeen[];
  readonly shares: { readonly aged: ShareSeen; readonly ageless: ShareSeen };
}

const NAME_COLUMNS = 12;
const TIME_COLUMNS = TEXT_COLUMNS - NAME_COLUMNS - 6;
/** Calls that are drawn, evenly chosen by how long they were to take. */
const DRAWN_CALLS = 8;

/** The frames that end a connection against time, above the calls on it; who gets the calls afterwards. 80 columns. */
export function drawPicture({ drains, shares }: Picture): string {
  const longestMs = Math.max(...drains.flatMap(({ calls }) => calls.map(({ durationMs }) => durationMs)));
  const scale = TIME_COLUMNS / (longestMs * 1.02);
  return [
    `${styleText("yellow", "G")} GOAWAY   ${styleText("green", "✓")} finished   ${styleText("red", "✗")} failed   ┄ what was left`,
    "",
    ...drains.flatMap((seen) => drawDrain(seen, scale)),
    styleText("bold", "Calls after a third backend was added behind long-lived connections"),
    "",
    drawShares(shares),
  ].join("\n");
}

function drawDrain(seen: DrainSeen, scale: number): string[] {
  const at = (ms: number): number => Math.round(ms * scale);
  const step = Math.max(1, (seen.calls.length - 1) / (DRAWN_CALLS - 1));
  const chosen = seen.calls.filter((_, index) => Math.floor(index / step) > Math.floor((index - 1) / step));
  const { outcomes, elsewhere } = seen.later;
  return [
    styleText("bold", cutTo(`${seen.way}: ${seen.caller}`, TEXT_COLUMNS)),
    "",
    ...(seen.goawayMs === null ? [] : [padTo("server", NAME_COLUMNS + at(seen.goawayMs)) + styleText("yellow", "G")]),
    ...chosen.map((call) => drawCall(call, at)),
    `${failedOf(seen).length} of ${seen.calls.length} failed; of ${outcomes.length} later calls ${elsewhere} went to the other server`,
    "",
  ];
}

function drawCall({ durationMs, endedMs, outcome }: CallSeen, at: (ms: number) => number): string {
  const ran = "─".repeat(Math.max(0, at(Math.min(durationMs, endedMs)) - 1));
  const name = padTo(`${(durationMs / 1000).toFixed(2)} s`, NAME_COLUMNS);
  if (outcome === "OK") return `${name}${ran}${styleText("green", "✓")}`;
  return `${name}${ran}${styleText("red", "✗")}${"┄".repeat(Math.max(0, at(durationMs) - at(endedMs)))}`;
}

function drawShares({ aged, ageless }: Picture["shares"]): string {
  const rows = [ageless, aged].map((seen) => [
    seen.maxAgeMs === null ? "none" : `${seen.maxAgeMs} ms`,
    ...seen.byBackend.map(String),
    `${(shareOf(seen) * 100).toFixed(0)} %`,
    String(seen.connections),
  ]);
  const numbers = ["first", "second", "added", "its share", "new connections"].map(
    (title) => ({ title, align: "right" }) as const,
  );
  return renderTable([{ title: "age" }, ...numbers], rows);
}
