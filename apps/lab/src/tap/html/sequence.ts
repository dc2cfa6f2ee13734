import { formatMs } from "../../terminal/table.ts";
import type { Journey } from "../journey.ts";
import { formatBudget } from "../outcome.ts";
import { type Arrow, sequenceOf } from "../sequence.ts";
import { type Html, html, NO_HTML } from "./html.ts";

/** One call across hops: a column for each part, an arrow for everything that one said to another. */
export function sequenceHtml(journey: Journey): Html {
  const { parts, arrows } = sequenceOf(journey);
  return html`<div class="sequence" style="--parts: ${parts.length}">
<div class="parts" aria-hidden="true">${parts.map((part) => html`<span><b>${part}</b></span>`)}</div>
<ol>${arrows.map((arrow) => arrowHtml(arrow, parts))}</ol></div>`;
}

function arrowHtml({ atMs, from, to, kind, isSql, label, budgetMs, outcome }: Arrow, parts: readonly string[]): Html {
  const [start, end] = [parts.indexOf(from), parts.indexOf(to)];
  const [left, right] = [Math.min(start, end), Math.max(start, end)];
  // Two columns to a part: its lifeline is the line between them.
  const place = `grid-column: ${2 * left + 2} / ${2 * right + 2}`;
  const isRight = left + right >= parts.length - 1;
  const textPlace = isRight ? `grid-column: 1 / ${2 * right + 2}` : `grid-column: ${2 * left + 2} / -1`;
  const budget = budgetMs === null ? NO_HTML : html` <span class="dim">${formatBudget(budgetMs)} ms left</span>`;
  const said = html`<span class="${outcome?.colour ?? ""}">${label}</span>${budget}`;
  const direction = end > start ? "onwards" : "back";
  return html`<li class="${kind} ${isSql ? "isSql" : ""}"><span class="at">${formatMs(atMs)}</span><div class="lines">
<span class="said ${isRight ? "right" : ""}" style="${textPlace}"><span class="sr">${from} to ${to}: </span>${said}</span><i class="arrow ${direction}" style="${place}"></i></div></li>`;
}
