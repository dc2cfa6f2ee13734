import { formatMs, NOT_HAD } from "../../terminal/table.ts";
import type { JourneySql } from "../attribute-sql.ts";
import type { CallRecord } from "../call-record.ts";
import { callerOf } from "../hops.ts";
import type { SqlStatement } from "../read-transactions.ts";
import { statementOutcome } from "../statement-outcome.ts";
import { type Html, html, NO_HTML } from "./html.ts";

/** Each statement of a call with when it began, how long it took and how it ended. */
export function sqlHtml({ startedAtMs }: CallRecord, { transactions, doubtful }: JourneySql): Html {
  const rows = transactions.flatMap(({ hop, statements }) =>
    statements.map((statement, index) =>
      rowHtml(statement, { service: index === 0 ? callerOf(hop) : "", startedAtMs }),
    ),
  );
  const others =
    doubtful === 0
      ? NO_HTML
      : html`<p class="dim">${doubtful} more transactions may belong to other calls that were there at the same time.</p>`;
  return html`<table><thead><tr><th>service</th><th class="number">at ms</th><th class="number">took ms</th><th>ended</th><th>statement</th></tr></thead><tbody>${rows}</tbody></table>${others}`;
}

function rowHtml(statement: SqlStatement, { service, startedAtMs }: { service: string; startedAtMs: number }): Html {
  const { sql, startedAtMs: at, endedAtMs } = statement;
  const { text, colour } = statementOutcome(statement);
  const took = endedAtMs === null ? NOT_HAD : formatMs(endedAtMs - at);
  return html`<tr><td><b>${service}</b></td><td class="number" data-of="at ms">${formatMs(at - startedAtMs)}</td><td class="number" data-of="took ms">${took}</td><td class="${colour}">${text}</td><td><code>${sql}</code></td></tr>`;
}
