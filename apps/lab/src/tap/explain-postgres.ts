import { styleText } from "node:util";
import { cutTo } from "../terminal/columns.ts";
import type { HopEvent } from "./hop-event.ts";
import { oneLine } from "./read-transactions.ts";
import { DETAIL_COLUMNS, type WireLine } from "./wire-line.ts";

type Postgres = (HopEvent & { layer: "postgres" })["event"];
type Message = (Postgres & { readonly type: "message" })["message"];

/** Messages by their names, statements by their text and how they ended. Values of parameters and rows are in none. */
export function explainPostgres(event: Postgres): WireLine[] {
  switch (event.type) {
    case "message": {
      const note = noteOf(event.message);
      const bytes = `${event.wireBytes.toLocaleString("en-US")} B`;
      return [{ from: event.from, title: event.message.name, bytes, ...(note !== "" && { note }) }];
    }
    case "statement-end":
      return [{ details: [styleText(event.outcome === "complete" ? "green" : "red", endOf(event))] }];
    case "cancel-request":
      return [{ from: "client", title: "CancelRequest", note: targetOf(event) }];
    case "encrypted":
      return [{ note: "encryption begins: nothing behind it can be read" }];
    case "error":
      return [{ details: [styleText("red", cutTo(event.error.message, DETAIL_COLUMNS))] }];
    case "statement":
    case "resync":
      return [];
  }
}

function noteOf(message: Message): string {
  switch (message.name) {
    case "StartupMessage":
      return `version ${message.version}`;
    case "Query":
    case "Parse":
      return oneLine(message.sql);
    case "Bind":
      return `${message.parameters} parameters`;
    case "CommandComplete":
      return message.tag;
    case "DataRow":
      return `${message.columns} columns`;
    case "RowDescription":
      return message.columns.join(", ");
    case "ErrorResponse":
    case "NoticeResponse":
      return `${message.severity} ${message.sqlstate} ${message.message}`;
    case "ReadyForQuery":
      return message.transaction === "idle" ? "" : `transaction ${message.transaction ?? "unknown"}`;
    default:
      return "";
  }
}

function endOf({ outcome, tags, rows, rowBytes, error }: Postgres & { readonly type: "statement-end" }): string {
  const said = error === null ? tags.join(", ") : `${error.sqlstate} ${error.message}`;
  const counted = rows === 0 ? "" : `, ${rows} rows in ${rowBytes.toLocaleString("en-US")} B`;
  return cutTo(`${outcome}${said === "" ? "" : `: ${said}`}${counted}`, DETAIL_COLUMNS);
}

function targetOf({ processId, matches, target }: Postgres & { readonly type: "cancel-request" }): string {
  if (matches === false) return `process ${processId}, with a wrong key`;
  if (target === null) return `process ${processId}, which no tap has seen`;
  const statement = target.statement === null ? "nothing runs there" : `statement ${target.statement}`;
  return `for connection ${target.connection}: ${statement}`;
}
