import { styleText } from "node:util";
import type { GapCall, GapSeen } from "./gap-scenario.ts";

const COLUMNS = 60;
const LABEL_COLUMNS = 14;
/** Lanes of calls that share a connection; there are too many to show all. */
const MOST_LANES = 6;

const WAITS = "─";
const STRUCK = styleText("red", "▓");
const PASSED = styleText("dim", "·");
const DONE = styleText("green", "●");

/** What the signs mean. */
export const LANE_LEGEND = `${WAITS} waits   ${STRUCK} waits in the gap   ${DONE} answered   ${PASSED} the gap, nothing waits`;

/** Calls against time with the gap across them: a lane for each connection, or for each call where they share one. */
export function drawLanes(seen: GapSeen, by: "connection" | "call"): string[] {
  const { wire, held, gap, calls } = seen;
  const lastMs = Math.max(gap.toMs, ...calls.map(({ endMs }) => endMs));
  const columnOf = (ms: number): number => Math.min(COLUMNS - 1, Math.floor((COLUMNS * ms) / lastMs));
  const lanes = by === "connection" ? byConnection(calls) : byCall(calls);
  const shown = lanes.slice(0, MOST_LANES);
  const gapColumns = { from: columnOf(gap.fromMs), to: columnOf(gap.toMs) };
  const title = held === "byte" ? "a byte of one connection is missing" : "one stream is held back";
  return [
    `${styleText("bold", wire)}: ${title} for ${Math.round(gap.toMs - gap.fromMs)} ms`,
    ...shown.map(({ label, ends }) => {
      return label.padEnd(LABEL_COLUMNS) + drawLane(ends.map(columnOf), gapColumns);
    }),
    ...(lanes.length > shown.length
      ? [styleText("dim", `${lanes.length - shown.length} more, answered before these`)]
      : []),
    "",
  ];
}

interface Lane {
  readonly label: string;
  /** When its calls were answered, ms. */
  readonly ends: readonly number[];
}

function byConnection(calls: readonly GapCall[]): Lane[] {
  const lanes = [...Map.groupBy(calls, ({ connection }) => connection)].toSorted(([a], [b]) => a - b);
  return lanes.map(([connection, own]) => ({
    label: `connection ${connection}`,
    ends: own.map(({ endMs }) => endMs),
  }));
}

/** Those that were answered last come first. */
function byCall(calls: readonly GapCall[]): Lane[] {
  return calls
    .map(({ call, endMs }) => ({ label: `call ${call}`, ends: [endMs] }))
    .toSorted((a, b) => Math.max(...b.ends) - Math.max(...a.ends));
}

function drawLane(ends: readonly number[], gap: { readonly from: number; readonly to: number }): string {
  const last = Math.max(...ends);
  return Array.from({ length: COLUMNS }, (_, column) => {
    const isInGap = column >= gap.from && column <= gap.to;
    if (ends.includes(column)) return DONE;
    if (column < last) return isInGap ? STRUCK : WAITS;
    return isInGap ? PASSED : " ";
  })
    .join("")
    .trimEnd();
}
