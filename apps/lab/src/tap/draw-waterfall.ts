import { styleText } from "node:util";
import { formatMs, NOT_HAD, renderTable } from "../terminal/table.ts";
import { TEXT_COLUMNS } from "../terminal/wrap.ts";
import type { CallRecord } from "./call-record.ts";
import type { Journey } from "./journey.ts";
import { drawOutcome, formatBudget, outcomeOf } from "./outcome.ts";

/** What the columns beside the bar and the outcome take. */
const OTHER_COLUMNS = 50;
const MIN_BAR_COLUMNS = 10;
const MAX_BAR_COLUMNS = 24;

/** What was left of the deadline at each hop, as the wire says it, and how each hop spent it. */
export function drawWaterfall(journey: Journey): string {
  const [first] = journey;
  const totalMs = Math.max(...journey.map((record) => (record.endedAtMs ?? record.startedAtMs) - first.startedAtMs));
  const longest = Math.max(...journey.map((record) => outcomeOf(record).text.length));
  const columns = Math.min(MAX_BAR_COLUMNS, Math.max(MIN_BAR_COLUMNS, TEXT_COLUMNS - OTHER_COLUMNS - longest));
  const rows = journey.map((record) => [
    record.hop,
    record.timeoutMs === null ? NOT_HAD : styleText("bold", formatBudget(record.timeoutMs)),
    formatMs(record.startedAtMs - first.startedAtMs),
    record.endedAtMs === null ? NOT_HAD : formatMs(record.endedAtMs - record.startedAtMs),
    drawBar(record, { fromMs: first.startedAtMs, totalMs, columns }),
    drawOutcome(record),
  ]);
  const titles = [
    { title: "hop" },
    { title: "ms left", align: "right" },
    { title: "at ms", align: "right" },
    { title: "took ms", align: "right" },
    { title: "" },
    { title: "" },
  ] as const;
  return renderTable(titles, rows);
}

/** The time that a bar is drawn on. */
interface Axis {
  readonly fromMs: number;
  readonly totalMs: number;
  readonly columns: number;
}

/** The call's own time on the axis of the whole; after it the time that others went on. */
function drawBar(record: CallRecord, { fromMs, totalMs, columns }: Axis): string {
  const column = (atMs: number): number => Math.round(((atMs - fromMs) / (totalMs || 1)) * columns);
  const start = Math.min(column(record.startedAtMs), columns - 1);
  const end = Math.max(record.endedAtMs === null ? columns : column(record.endedAtMs), start + 1);
  const { colour } = outcomeOf(record);
  const bar = styleText(colour, "█".repeat(end - start));
  return styleText("dim", "·".repeat(start)) + bar + styleText("dim", "·".repeat(columns - end));
}
