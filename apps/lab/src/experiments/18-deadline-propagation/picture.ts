import { styleText } from "node:util";
import { formatWhole, NOT_HAD, renderTable } from "../../terminal/table.ts";
import { TEXT_COLUMNS, wrap } from "../../terminal/wrap.ts";
import type { HopWork } from "./chain.ts";
import { tellLate } from "./measured.ts";
import type { CallSeen } from "./watch-call.ts";

/** A call with its heading. */
export interface DrawnCall {
  readonly title: string;
  readonly seen: CallSeen;
}

const BAR_COLUMNS = 44;

/** What each hop was told is left and how long it worked; what it did after its caller had gone in red. 80 columns. */
export function drawPicture(calls: readonly DrawnCall[]): string {
  const legend = `${styleText("green", "█")} while the caller waited   ${styleText("red", "▒")} after it had gone   │ when it went`;
  return [legend, ...calls.flatMap(({ title, seen }) => ["", ...drawCall(title, seen)])].join("\n");
}

function drawCall(title: string, seen: CallSeen): string[] {
  const { hops, goneMs, code } = seen;
  const totalMs = Math.max(goneMs, ...hops.map(({ endedMs }) => endedMs ?? 0)) * 1.02;
  const rows = hops.map((work) => [
    work.hop,
    work.toldMs === null ? NOT_HAD : formatWhole(work.toldMs),
    drawBar(work, { goneMs, totalMs }),
    work.endedMs === null ? "goes on" : formatWhole(work.endedMs),
  ]);
  const columns = [
    { title: "" },
    { title: "told ms", align: "right" },
    { title: "" },
    { title: "end ms", align: "right" },
  ];
  return [
    ...wrap(title, TEXT_COLUMNS).map((line) => styleText("bold", line)),
    renderTable(columns as Parameters<typeof renderTable>[0], rows),
    ...wrap(`the caller went at ${formatWhole(goneMs)} ms with ${code}; ${tellLate(seen)}`, TEXT_COLUMNS),
  ];
}

/** A hop's time on the axis of the whole call. */
function drawBar({ startedMs, endedMs }: HopWork, { goneMs, totalMs }: { goneMs: number; totalMs: number }): string {
  const column = (ms: number): number => Math.min(BAR_COLUMNS - 1, Math.floor((ms / totalMs) * BAR_COLUMNS));
  const [start, end, gone] = [column(startedMs), column(endedMs ?? totalMs), column(goneMs)];
  const outlives = (endedMs ?? totalMs) > goneMs;
  return Array.from({ length: BAR_COLUMNS }, (_, at) => {
    const works = at >= start && at <= end;
    if (at === gone) return outlives && works ? styleText("red", "│") : styleText("dim", "│");
    if (!works) return styleText("dim", "·");
    return at < gone ? styleText("green", "█") : styleText("red", "▒");
  }).join("");
}
