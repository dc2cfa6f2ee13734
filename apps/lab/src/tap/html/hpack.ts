import { formatWhole } from "../../terminal/table.ts";
import { type HpackBlock, type HpackGrowth, savedPercent } from "../hpack-growth.ts";
import { type Html, html, NO_HTML } from "./html.ts";
import { strip } from "./strip.ts";

/** What each header list took on the wire beside what it takes in HTTP/1.1, and how the table behind it grew. */
export function hpackHtml(growths: readonly HpackGrowth[]): Html {
  if (growths.length === 0) return html`<p class="dim">No header lists of HTTP/2 passed here.</p>`;
  return html`<ul class="key"><li><i class="swatch good"></i>on the wire</li><li><i class="swatch plain"></i>saved against HTTP/1.1</li><li><i class="swatch sql"></i>dynamic table</li></ul>${growths.map(growthHtml)}`;
}

function growthHtml({ connection, from, blocks, omitted }: HpackGrowth): Html {
  const most = Math.max(1, ...blocks.map(({ plainBytes, tableBytes }) => Math.max(plainBytes, tableBytes ?? 0)));
  const sent = blocks.reduce((sum, block) => sum + block.encodedBytes, 0);
  const plain = blocks.reduce((sum, block) => sum + block.plainBytes, 0);
  const more = omitted === 0 ? NO_HTML : html`<p class="dim">and ${omitted} more</p>`;
  return html`<section class="connection"><h4>${from === "client" ? "Requests" : "Responses"} of connection ${connection} <span class="dim">${formatWhole(sent)} B for ${formatWhole(plain)} B, ${savedPercent({ encodedBytes: sent, plainBytes: plain })} % saved</span></h4>
<ol class="rows">${blocks.map((block) => blockHtml(block, most))}</ol>${more}</section>`;
}

function blockHtml(block: HpackBlock, most: number): Html {
  const { stream, title, encodedBytes, plainBytes, tableBytes, entries } = block;
  const bars = [
    { from: 0, to: plainBytes, kind: "plain", bottom: 0.6 },
    { from: 0, to: encodedBytes, kind: "good", bottom: 0.6 },
    ...(tableBytes === null || tableBytes === 0 ? [] : [{ from: 0, to: tableBytes, kind: "sql", top: 0.75 }]),
  ];
  const table = tableBytes === null ? "table unknown" : `table ${formatWhole(tableBytes)} B, ${entries} entries`;
  const label = `stream ${stream}, ${title}: ${encodedBytes} bytes for ${plainBytes}, ${table}`;
  return html`<li><div class="what"><b>${stream}</b> <span class="dim">${title.slice(title.lastIndexOf("/") + 1)}</span></div>
<div class="bar">${strip(bars, { total: most, label })}</div>
<div class="facts"><span><b>${formatWhole(encodedBytes)}</b> of ${formatWhole(plainBytes)} B</span><span>${savedPercent(block)} % saved</span><span class="dim">${table}</span></div></li>`;
}
