import { styleText } from "node:util";
import { cutTo, padTo } from "../terminal/columns.ts";
import { formatMs } from "../terminal/table.ts";
import { TEXT_COLUMNS } from "../terminal/wrap.ts";
import type { Lane, LaneConnection, LaneFrame, Lanes, Span } from "./lanes.ts";

const LABEL_COLUMNS = 22;
const BAR_COLUMNS = TEXT_COLUMNS - LABEL_COLUMNS - 2;

/** Each connection as it saw its frames, each frame by the letter of its stream, and below it its streams. 80 columns. */
export function drawLanes({ connections, totalMs }: Lanes): string {
  if (connections.length === 0) return styleText("dim", "no frames of HTTP passed");
  const axis = `${" ".repeat(LABEL_COLUMNS + 2)}0${`${formatMs(totalMs)} ms`.padStart(BAR_COLUMNS - 1)}`;
  return [
    styleText("dim", axis),
    ...connections.map((one) => drawConnection(one, totalMs)),
    styleText("dim", KEY),
  ].join("\n");
}

const KEY = "┃ headers  █ data down  ▓ data up  ░ window used up  ▒ all wait  ✗ reset";
const MARKS = {
  HEADERS: () => "┃",
  DATA: (from: LaneFrame["from"]) => (from === "server" ? "█" : "▓"),
  RST_STREAM: () => "✗",
} as const;
const LETTERS = "123456789abcdefghijklmnopqrstuvwxyz";

function drawConnection({ connection, protocol, frames, lanes, omitted, ...waits }: LaneConnection, totalMs: number) {
  const letters = new Map(lanes.map(({ stream }, index) => [stream, LETTERS[index] ?? "+"]));
  const top = cells();
  fill(top, waits.silences, { character: "▒", totalMs });
  fill(top, waits.stalls, { character: "░", totalMs });
  for (const { atMs, stream } of frames) top[columnOf(atMs, totalMs)] = letters.get(stream) ?? "·";
  const title = styleText("bold", padTo(`${protocol} connection ${connection}`, LABEL_COLUMNS));
  const more = omitted === 0 ? [] : [styleText("dim", `  and ${omitted} more`)];
  const rows = lanes.map((lane) => drawLane(lane, { letter: letters.get(lane.stream) ?? "+", frames, totalMs, waits }));
  return [`${title}  ${top.join("").trimEnd()}`, ...rows, ...more].join("\n");
}

interface LaneView {
  readonly letter: string;
  readonly frames: readonly LaneFrame[];
  readonly totalMs: number;
  readonly waits: Pick<LaneConnection, "silences" | "stalls">;
}

function drawLane(lane: Lane, { letter, frames, totalMs, waits }: LaneView): string {
  const bar = cells();
  fill(bar, [lane], { character: "─", totalMs });
  const during = (spans: readonly Span[]): Span[] =>
    spans.flatMap(({ fromMs, toMs }) => {
      const span = { fromMs: Math.max(fromMs, lane.fromMs), toMs: Math.min(toMs, lane.toMs) };
      return span.toMs > span.fromMs ? [span] : [];
    });
  fill(bar, during(waits.silences), { character: "▒", totalMs });
  fill(bar, [...lane.stalls, ...during(waits.stalls)], { character: "░", totalMs });
  const own = frames.filter(({ stream }) => stream === lane.stream);
  // Where several fall into one column, what says more is seen.
  for (const wanted of ["HEADERS", "DATA", "RST_STREAM"] as const) {
    for (const { atMs, from, type } of own) {
      if (type === wanted) bar[columnOf(atMs, totalMs)] = MARKS[wanted](from);
    }
  }
  const title = lane.title.slice(lane.title.lastIndexOf("/") + 1);
  return `${padTo(cutTo(`  ${letter} ${title}`, LABEL_COLUMNS), LABEL_COLUMNS)}  ${bar.join("").trimEnd()}`;
}

function cells(): string[] {
  return Array.from({ length: BAR_COLUMNS }, () => " ");
}

function columnOf(atMs: number, totalMs: number): number {
  return Math.min(BAR_COLUMNS - 1, Math.floor((atMs / (totalMs || 1)) * BAR_COLUMNS));
}

interface Shading {
  readonly character: string;
  readonly totalMs: number;
}

function fill(row: string[], spans: readonly Span[], { character, totalMs }: Shading): void {
  for (const { fromMs, toMs } of spans) {
    row.fill(character, columnOf(fromMs, totalMs), columnOf(toMs, totalMs) + 1);
  }
}
