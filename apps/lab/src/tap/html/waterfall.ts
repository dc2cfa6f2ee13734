import { formatMs } from "../../terminal/table.ts";
import type { Journey } from "../journey.ts";
import { formatBudget } from "../outcome.ts";
import { type Waterfall, type WaterfallRow, waterfallOf } from "../waterfall.ts";
import { type Html, html, NO_HTML } from "./html.ts";
import { type Bar, strip } from "./strip.ts";

/** The deadline of a call, hop by hop: what was left, how it was spent, and in red what was done for nobody. */
export function waterfallHtml(journey: Journey): Html {
  const waterfall = waterfallOf(journey);
  const late = waterfall.rows.filter(({ lateMs }) => lateMs > 0);
  const verdict =
    waterfall.rows.length === 1
      ? html`<p class="dim">Only the client's hop was watched: what went on behind it is not known.</p>`
      : late.length === 0
        ? html`<p class="verdict good">Nothing went on after the client had gone.</p>`
        : html`<p class="verdict bad">${late.length} of ${waterfall.rows.length} went on after the client had gone, for up to ${formatMs(Math.max(...late.map(({ lateMs }) => lateMs)))} ms.</p>`;
  return html`${verdict}
<ul class="key"><li><i class="swatch good"></i>answered</li><li><i class="swatch gone"></i>cancelled</li><li><i class="swatch bad"></i>failed</li><li><i class="swatch sql"></i>SQL</li><li><i class="swatch late"></i>after the client had gone</li></ul>
<div class="axis"><span>0</span><span>${formatMs(waterfall.totalMs)} ms</span></div>
<ol class="rows">${waterfall.rows.map((row) => rowHtml(row, waterfall))}</ol>`;
}

function rowHtml(row: WaterfallRow, { totalMs, goneAtMs }: Waterfall): Html {
  const { hop, title, startMs, endMs, lateMs, budgetMs, outcome } = row;
  const took = endMs === null ? "still open" : `${formatMs(endMs - startMs)} ms`;
  const end = endMs ?? totalMs;
  const turn = lateMs === 0 || goneAtMs === null ? end : Math.max(startMs, Math.min(end, goneAtMs));
  const bars: Bar[] = [
    ...(turn > startMs || lateMs === 0 ? [{ from: startMs, to: turn, kind: kindOf(row) }] : []),
    ...(end > turn ? [{ from: turn, to: end, kind: "late" }] : []),
  ];
  const late = lateMs === 0 ? NO_HTML : html` <b class="bad">${formatMs(lateMs)} ms late</b>`;
  const left =
    budgetMs === null
      ? html`<span class="dim">no deadline told</span>`
      : html`<b>${formatBudget(budgetMs)} ms</b> left`;
  const label = `${hop}, ${title}: from ${formatMs(startMs)} ms, ${took}, ${outcome.text}`;
  return html`<li><div class="what"><b>${hop}</b> <span class="dim">${title}</span></div>
<div class="bar">${strip(bars, { total: totalMs, label })}</div>
<div class="facts"><span>${left}</span><span>${took}</span><span class="${outcome.colour}">${outcome.text}</span>${late}</div></li>`;
}

function kindOf({ isSql, outcome }: WaterfallRow): string {
  if (outcome.text === "cancelled") return "gone";
  if (outcome.colour === "red") return "bad";
  return isSql ? "sql" : "good";
}
