import { eventsOf } from "@polywire/wire/tap";
import { formatCount, formatMs, formatWhole, NOT_HAD } from "../../terminal/table.ts";
import { busiest } from "../busiest.ts";
import { type CallRecord, callTitle, readCalls } from "../call-record.ts";
import type { HopEvent } from "../hop-event.ts";
import { hopsOf } from "../hops.ts";
import { hpackGrowthOf } from "../hpack-growth.ts";
import { lanesOf } from "../lanes.ts";
import { formatBudget, outcomeOf } from "../outcome.ts";
import { readTransactions, transactionTitle } from "../read-transactions.ts";
import { hpackHtml } from "./hpack.ts";
import { type Html, html, NO_HTML } from "./html.ts";
import { lanesHtml } from "./lanes.ts";
import { renderPage, type Section } from "./page.ts";

/** Calls, transactions and operations shown of a hop: the latest. */
const MAX_ROWS = 40;
const MAX_CONNECTIONS = 6;

/** What taps have kept, or a capture, as a page of its own: hop by hop calls, lanes and header compression. */
export function tapPage(title: string, events: readonly HopEvent[]): string {
  const hops = hopsOf(events);
  const sections = hops.map((hop) =>
    sectionOf(
      hop,
      events.filter((event) => event.hop === hop),
    ),
  );
  const connections = eventsOf(events, "tcp", "open").length;
  return renderPage({
    title,
    lead: html`<p>${formatCount(events.length, "event")} on ${formatCount(hops.length, "hop")}, ${formatCount(connections, "connection")} opened.</p>`,
    sections:
      sections.length > 0
        ? sections
        : [{ title: "Nothing was seen", note: "No connection was opened while somebody looked.", content: NO_HTML }],
  });
}

function sectionOf(hop: string, events: readonly HopEvent[]): Section {
  const calls = readCalls(events);
  const transactions = readTransactions(events);
  const { burst, bursts } = busiest(events);
  const lanes = lanesOf(burst);
  const byLanes = lanes.connections.toSorted((a, b) => b.lanes.length - a.lanes.length);
  const shown = { ...lanes, connections: byLanes.slice(0, MAX_CONNECTIONS) };
  const which =
    bursts > 1 ? html` <span class="dim">the busiest of ${bursts} times that something passed</span>` : NO_HTML;
  const growths = hpackGrowthOf(events).slice(0, 2 * MAX_CONNECTIONS);
  const counted = [
    ...(calls.length > 0 ? [formatCount(calls.length, "call")] : []),
    ...(transactions.length > 0 ? [formatCount(transactions.length, "transaction")] : []),
    formatCount(events.length, "event"),
  ];
  return {
    title: hop,
    note: counted.join(", "),
    content: html`${calls.length > 0 ? callsHtml(calls) : NO_HTML}${transactions.length > 0 ? transactionsHtml(transactions) : NO_HTML}${operationsHtml(events)}
${lanes.connections.length > 0 ? html`<h4>Frames over time${which}</h4>${lanesHtml(shown)}` : NO_HTML}${growths.length > 0 ? html`<h4>Header compression</h4>${hpackHtml(growths)}` : NO_HTML}`,
  };
}

function callsHtml(calls: readonly CallRecord[]): Html {
  const from = calls[0]?.startedAtMs ?? 0;
  const rows = calls.slice(-MAX_ROWS).map((call) => {
    const { text, colour } = outcomeOf(call);
    const took = call.endedAtMs === null ? NOT_HAD : formatMs(call.endedAtMs - call.startedAtMs);
    const left = call.timeoutMs === null ? NOT_HAD : formatBudget(call.timeoutMs);
    return html`<tr><td><b>${callTitle(call)}</b></td><td class="number" data-of="at ms">${formatMs(call.startedAtMs - from)}</td><td class="number" data-of="took ms">${took}</td><td class="number" data-of="ms left">${left}</td><td class="${colour}">${text}</td></tr>`;
  });
  return html`<table><thead><tr><th>call</th><th class="number">at ms</th><th class="number">took ms</th><th class="number">ms left</th><th>ended</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function transactionsHtml(transactions: ReturnType<typeof readTransactions>): Html {
  const from = transactions[0]?.statements[0].startedAtMs ?? 0;
  const rows = transactions.slice(-MAX_ROWS).map((transaction) => {
    const { statements } = transaction;
    const { startedAtMs } = statements[0];
    const endedAtMs = statements.at(-1)?.endedAtMs ?? null;
    const took = endedAtMs === null ? NOT_HAD : formatMs(endedAtMs - startedAtMs);
    return html`<tr><td><b>${transactionTitle(transaction)}</b></td><td class="number" data-of="at ms">${formatMs(startedAtMs - from)}</td><td class="number" data-of="took ms">${took}</td><td class="number" data-of="statements">${statements.length}</td></tr>`;
  });
  return html`<table><thead><tr><th>transaction</th><th class="number">at ms</th><th class="number">took ms</th><th class="number">statements</th></tr></thead><tbody>${rows}</tbody></table>`;
}

/** NATS: how often each operation passed for each subject, inboxes taken together. */
function operationsHtml(events: readonly HopEvent[]): Html {
  const counts = new Map<string, number>();
  for (const { event } of eventsOf(events, "nats")) {
    if (!("subject" in event)) continue;
    const subject = event.subject.replace(/_INBOX\..*/, "_INBOX.…").replace(/[A-Z0-9]{20,}\w*$/i, "…");
    counts.set(`${event.type} ${subject}`, (counts.get(`${event.type} ${subject}`) ?? 0) + 1);
  }
  if (counts.size === 0) return NO_HTML;
  const rows = [...counts].map(
    ([operation, count]) =>
      html`<tr><td><code>${operation}</code></td><td class="number" data-of="times">${formatWhole(count)}</td></tr>`,
  );
  return html`<table><thead><tr><th>operation</th><th class="number">times</th></tr></thead><tbody>${rows.slice(0, MAX_ROWS)}</tbody></table>`;
}
