import type { CallMessage, Described } from "@polywire/wire/tap";
import { eventsOf } from "@polywire/wire/tap";
import { formatMs, formatWhole } from "../../terminal/table.ts";
import { withSql } from "../attribute-sql.ts";
import { bytesOf, type CallReport } from "../call-report.ts";
import { hpackGrowthOf } from "../hpack-growth.ts";
import { lanesOf } from "../lanes.ts";
import { bytesHtml } from "./bytes.ts";
import { hpackHtml } from "./hpack.ts";
import { type Html, html } from "./html.ts";
import { lanesHtml } from "./lanes.ts";
import { renderPage, type Section } from "./page.ts";
import { sequenceHtml } from "./sequence.ts";
import { sqlHtml } from "./sql.ts";
import { waterfallHtml } from "./waterfall.ts";

/** Everything that was seen of one call, as a page of its own. */
export function callPage(report: CallReport): string {
  const { calls, sql, wire, method } = report;
  const journey = withSql(calls, sql);
  const own = report.events.filter(({ hop }) => hop === calls[0].hop);
  const messages = eventsOf(own, "call", "message").map(({ event }) => event as Described<CallMessage>);
  const growths = hpackGrowthOf(own);
  const sections: (Section | false)[] = [
    {
      title: "Across hops",
      note: "Who called whom and what came back, in ms since the client asked; what was left of the deadline as the wire says it.",
      content: sequenceHtml(journey),
    },
    {
      title: "Deadline",
      note: "What was left at each hop when it was called, how long it took, and what was done after the client had gone.",
      content: waterfallHtml(journey),
    },
    sql.transactions.length + sql.doubtful > 0 && {
      title: "SQL",
      note: "By time and hop: what began while the call was at the service, less what the service does by itself.",
      content: sqlHtml(calls[0], sql),
    },
    {
      title: "On the connection",
      note: `What passed on ${calls[0].hop}, frame by frame: above as the connection sees it, below stream by stream.`,
      content: lanesHtml(lanesOf(own)),
    },
    growths.length > 0 && {
      title: "Header compression",
      note: "What each header list took, what its fields take in HTTP/1.1, and how HPACK's table grew.",
      content: hpackHtml(growths),
    },
    messages.length > 0 && {
      title: "Byte by byte",
      note: "The messages of the client's hop as they stood on the wire.",
      content: html`${messages.map(bytesHtml)}`,
    },
  ];
  return renderPage({
    title: `${method.slice(method.lastIndexOf("/") + 1)} over ${wire}`,
    lead: leadOf(report),
    sections: sections.filter((section) => section !== false),
  });
}

function leadOf({ error, path, durationMs, timeoutMs, requestId, events, calls }: CallReport): Html {
  const { up, down } = bytesOf(events.filter(({ hop }) => hop === calls[0].hop));
  const ended =
    error === null
      ? html`<b class="good">OK</b> after ${formatMs(durationMs)} ms`
      : html`<b class="bad">${error.code}</b> after ${formatMs(durationMs)} ms, “${error.message}”`;
  const id = requestId === null ? "" : html` · request ${requestId}`;
  return html`<p>${ended}. The client gave it ${formatWhole(timeoutMs)} ms.</p>
<p>${path} · ${formatWhole(up)} B up, ${formatWhole(down)} B down${id}</p>`;
}
