import { stripVTControlCharacters, styleText } from "node:util";
import { cutTo } from "../terminal/columns.ts";
import { formatMs } from "../terminal/table.ts";
import { TEXT_COLUMNS } from "../terminal/wrap.ts";
import type { Journey } from "./journey.ts";
import { formatBudget } from "./outcome.ts";
import { type Arrow, sequenceOf } from "./sequence.ts";

/** Columns for the time in front of the lifelines. */
const TIME_COLUMNS = 8;
/** Columns from one lifeline to the next: of many parts fewer, so that labels have room. */
const gapOf = (parts: readonly string[]): number => (parts.length > 6 ? 6 : parts.length > 5 ? 7 : 8);
/** Half of a name may stand in front of the first lifeline. */
const FIRST = TIME_COLUMNS + 4;

/** One call across hops: who asked whom, when, and what came back. 80 columns for up to six parts. */
export function drawSequence(journey: Journey): string {
  const { parts, arrows } = sequenceOf(journey);
  return [...drawNames(parts), ...arrows.map((arrow) => drawArrow(arrow, parts))].join("\n");
}

/** Names over their lifelines, every other one a row lower so that long ones have room. */
function drawNames(parts: readonly string[]): string[] {
  const gap = gapOf(parts);
  const rows = [0, 1].map((parity) => {
    let row = "";
    parts.forEach((part, index) => {
      const centre = FIRST + index * gap;
      const text = index % 2 === parity ? part : "│";
      if (index % 2 !== parity && parity === 0) return;
      row = row.padEnd(centre - Math.floor(text.length / 2)) + text;
    });
    return row;
  });
  return parts.length > 1 ? rows.map((row) => styleText("bold", row)) : rows.slice(0, 1);
}

function drawArrow(arrow: Arrow, parts: readonly string[]): string {
  const time = formatMs(arrow.atMs).padStart(TIME_COLUMNS - 1);
  const ends = [parts.indexOf(arrow.from), parts.indexOf(arrow.to)];
  const gap = gapOf(parts);
  const [left, right] = [Math.min(...ends), Math.max(...ends)];
  const line = arrow.kind === "request" ? "─" : "┄";
  const rightwards = parts.indexOf(arrow.to) === right;
  let drawn = "";
  parts.forEach((_, index) => {
    const inside = index > left && index < right;
    const isTarget = index === (rightwards ? right : left);
    drawn += index === left || index === right ? (isTarget ? "│" : rightwards ? "├" : "┤") : inside ? "┼" : "│";
    if (index === parts.length - 1) return;
    if (index < left || index >= right) drawn += " ".repeat(gap - 1);
    else {
      const head = rightwards && index === right - 1 ? "▶" : "";
      const tail = !rightwards && index === left ? "◀" : "";
      drawn += tail + line.repeat(gap - 1 - head.length - tail.length) + head;
    }
  });
  const room = TEXT_COLUMNS - FIRST - (parts.length - 1) * gap - 3;
  const colour = arrow.kind === "request" ? "cyan" : arrow.kind === "cancel" ? "red" : "dim";
  return `${styleText("dim", time)}${" ".repeat(FIRST - TIME_COLUMNS + 1)}${styleText(colour, drawn)}  ${fit(labelOf(arrow), room)}`;
}

function labelOf({ label, budgetMs, outcome }: Arrow): string {
  if (outcome !== null) return styleText(outcome.colour, label);
  return label + (budgetMs === null ? "" : styleText("dim", `  ${formatBudget(budgetMs)} ms`));
}

/** Labels hold colour codes around whole words; one that is too long loses them. */
function fit(label: string, columns: number): string {
  const plain = stripVTControlCharacters(label);
  return [...plain].length <= columns ? label : cutTo(plain, columns);
}
