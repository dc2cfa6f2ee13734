import { styleText } from "node:util";
import { formatMs, NOT_HAD, renderTable } from "../terminal/table.ts";
import { TEXT_COLUMNS } from "../terminal/wrap.ts";
import type { Journey } from "./journey.ts";
import { formatBudget } from "./outcome.ts";
import { type Waterfall, type WaterfallRow, waterfallOf } from "./waterfall.ts";

/** What the columns beside the bar and the outcome take. */
const OTHER_COLUMNS = 50;
const LATE_COLUMNS = 9;
const MIN_BAR_COLUMNS = 10;
const MAX_BAR_COLUMNS = 24;

/** What was left of the deadline at each hop, as the wire says it, how each hop spent it, and what came too late. */
export function drawWaterfall(journey: Journey): string {
  const waterfall = waterfallOf(journey);
  const { rows, totalMs, goneAtMs } = waterfall;
  const isLate = rows.some(({ lateMs }) => lateMs > 0);
  const longest = Math.max(...rows.map(({ outcome }) => outcome.text.length));
  const room = TEXT_COLUMNS - OTHER_COLUMNS - longest - (isLate ? LATE_COLUMNS : 0);
  const columns = Math.min(MAX_BAR_COLUMNS, Math.max(MIN_BAR_COLUMNS, room));
  const gone = goneAtMs === null || !isLate ? "" : `${" ".repeat(columnOf(goneAtMs, { totalMs, columns }))}▼`;
  const titles = [
    { title: "hop" },
    { title: "ms left", align: "right" },
    { title: "at ms", align: "right" },
    { title: "took ms", align: "right" },
    ...(isLate ? [{ title: "late ms", align: "right" } as const] : []),
    { title: gone },
    { title: "" },
  ] as const;
  const table = renderTable(
    titles,
    rows.map((row) => [
      row.hop,
      row.budgetMs === null ? NOT_HAD : styleText("bold", formatBudget(row.budgetMs)),
      formatMs(row.startMs),
      row.endMs === null ? NOT_HAD : formatMs(row.endMs - row.startMs),
      ...(isLate ? [row.lateMs === 0 ? "" : styleText("red", formatMs(row.lateMs))] : []),
      drawBar(row, { ...waterfall, columns }),
      styleText(row.outcome.colour, row.outcome.text),
    ]),
  );
  const note = `▼ the client had gone; ${styleText("red", "▒")} what was done after that, for nobody`;
  return isLate ? `${table}\n${styleText("dim", note)}` : table;
}

interface Axis extends Pick<Waterfall, "totalMs"> {
  readonly columns: number;
}

function columnOf(atMs: number, { totalMs, columns }: Axis): number {
  return Math.round((atMs / (totalMs || 1)) * columns);
}

/** The call's own time on the axis of the whole, in another shade from where the client had gone. */
function drawBar({ startMs, endMs, lateMs, outcome }: WaterfallRow, axis: Axis & Pick<Waterfall, "goneAtMs">): string {
  const { columns, goneAtMs } = axis;
  const start = Math.min(columnOf(startMs, axis), columns - 1);
  const end = Math.max(endMs === null ? columns : columnOf(endMs, axis), start + 1);
  // What came too late is seen however short it was.
  const turn = lateMs === 0 || goneAtMs === null ? end : Math.max(start, Math.min(end - 1, columnOf(goneAtMs, axis)));
  // Red is for what came too late, and for what failed by itself.
  const colour = outcome.text === "cancelled" ? "yellow" : outcome.colour;
  const bar = styleText(colour, "█".repeat(turn - start)) + styleText("red", "▒".repeat(end - turn));
  return styleText("dim", "·".repeat(start)) + bar + styleText("dim", "·".repeat(columns - end));
}
