import type { Cursor } from "./cursor.ts";
import type { BackendMessage, BackendSignal, TransactionStatus } from "./messages.ts";

const SIGNALS: ReadonlyMap<string, BackendSignal> = new Map<string, BackendSignal>([
  ["1", "ParseComplete"],
  ["2", "BindComplete"],
  ["3", "CloseComplete"],
  ["c", "CopyDone"],
  ["d", "CopyData"],
  ["n", "NoData"],
  ["s", "PortalSuspended"],
  ["t", "ParameterDescription"],
  ["v", "NegotiateProtocolVersion"],
  ["G", "CopyInResponse"],
  ["H", "CopyOutResponse"],
  ["I", "EmptyQueryResponse"],
  ["V", "FunctionCallResponse"],
  ["W", "CopyBothResponse"],
]);

const METHODS: ReadonlyMap<number, string> = new Map([
  [0, "ok"],
  [2, "kerberos"],
  [3, "password"],
  [5, "md5"],
  [7, "gss"],
  [8, "gss"],
  [9, "sspi"],
  [10, "sasl"],
  [11, "sasl"],
  [12, "sasl"],
]);

const TRANSACTION: Readonly<Record<string, TransactionStatus>> = { I: "idle", T: "open", E: "failed" };

/** Reads the body of a message of a server; `undefined`: there is no such type. */
export function parseBackend(type: string, body: Cursor): BackendMessage | undefined {
  switch (type) {
    case "R":
      return { name: "Authentication", method: METHODS.get(body.int32()) ?? "unknown" };
    case "K":
      return { name: "BackendKeyData", processId: body.int32() };
    case "S":
      return { name: "ParameterStatus", parameter: body.text(), value: body.text() };
    case "Z":
      return { name: "ReadyForQuery", transaction: TRANSACTION[body.character()] ?? null };
    case "T":
      return { name: "RowDescription", columns: parseColumns(body) };
    case "D":
      return { name: "DataRow", columns: body.int16() };
    case "C":
      return { name: "CommandComplete", tag: body.text() };
    case "E":
    case "N":
      return { name: type === "E" ? "ErrorResponse" : "NoticeResponse", ...parseReport(body) };
    case "A":
      return { name: "NotificationResponse", processId: body.int32(), channel: body.text(), payload: body.text() };
    default: {
      const name = SIGNALS.get(type);
      return name && { name };
    }
  }
}

/** Behind each name stand table, column, type, size, modifier and format. */
function parseColumns(body: Cursor): string[] {
  const columns: string[] = [];
  for (let count = body.int16(); count > 0 && !body.short; count--) {
    columns.push(body.text());
    body.skip(18);
  }
  return columns;
}

/** Fields by letters; those that are left out may quote values of rows. */
function parseReport(body: Cursor) {
  const fields = new Map<string, string>();
  for (let letter = body.character(); letter !== "\0" && !body.short; letter = body.character()) {
    fields.set(letter, body.text());
  }
  const severity = fields.get("V") ?? fields.get("S") ?? "";
  return { severity, sqlstate: fields.get("C") ?? "", message: fields.get("M") ?? "" };
}
