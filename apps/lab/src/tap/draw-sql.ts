import { styleText } from "node:util";
import { cutTo } from "../terminal/columns.ts";
import { formatMs, NOT_HAD, renderTable } from "../terminal/table.ts";
import { TEXT_COLUMNS } from "../terminal/wrap.ts";
import type { JourneySql } from "./attribute-sql.ts";
import type { CallRecord } from "./call-record.ts";
import { callerOf } from "./hops.ts";
import { statementOutcome } from "./statement-outcome.ts";

/** What the columns beside the statement's text take. */
const OTHER_COLUMNS = 46;

/** Each statement with when it began, how long it took and how it ended, one transaction after the other. */
export function drawSql({ startedAtMs: fromMs }: CallRecord, { transactions, doubtful }: JourneySql): string {
  const rows = transactions.flatMap(({ hop, statements }) =>
    statements.map((statement, index) => {
      const { sql, startedAtMs, endedAtMs } = statement;
      return [
        index === 0 ? callerOf(hop) : "",
        formatMs(startedAtMs - fromMs),
        endedAtMs === null ? NOT_HAD : formatMs(endedAtMs - startedAtMs),
        styleText(statementOutcome(statement).colour, statementOutcome(statement).text),
        cutTo(sql.replaceAll('"', ""), TEXT_COLUMNS - OTHER_COLUMNS),
      ];
    }),
  );
  const titles = [
    { title: "service" },
    { title: "at ms", align: "right" },
    { title: "took ms", align: "right" },
    { title: "ended" },
    { title: "statement" },
  ] as const;
  const others = `${doubtful} more may belong to other calls that were there at the same time`;
  return [renderTable(titles, rows), ...(doubtful === 0 ? [] : [styleText("dim", others)])].join("\n");
}
