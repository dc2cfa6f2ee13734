import type { StatementOutcome } from "@polywire/wire/postgres";
import type { HopEvent } from "./hop-event.ts";

/** A statement that a tap saw. Times are on the clock of `machineMs`. */
export interface SqlStatement {
  /** Unique on its connection. */
  readonly id: number;
  readonly sql: string;
  readonly startedAtMs: number;
  /** `null`: still running when the events were read. */
  readonly endedAtMs: number | null;
  readonly outcome: StatementOutcome | null;
  /** SQLSTATE of what failed. */
  readonly sqlstate: string | null;
  readonly rows: number;
  /** Whether a CancelRequest came for it. */
  readonly cancelRequested: boolean;
}

/** What one connection did from the beginning of a transaction to its end, or one statement outside of any. */
export interface SqlTransaction {
  readonly hop: string;
  readonly connection: number;
  readonly statements: readonly [SqlStatement, ...SqlStatement[]];
}

type Draft = { -readonly [Key in keyof SqlStatement]: SqlStatement[Key] };

interface Session {
  /** Whether the server said that a transaction is open. */
  open: boolean;
  current: Draft[];
  readonly statements: Map<number, Draft>;
}

/** Puts the statements together that these events show, in the order in which their transactions began. */
export function readTransactions(events: Iterable<HopEvent>): SqlTransaction[] {
  const sessions = new Map<string, Session>();
  const transactions: { hop: string; connection: number; statements: Draft[] }[] = [];
  for (const { hop, connection, atMs, ...seen } of events) {
    if (seen.layer !== "postgres") continue;
    const key = `${hop} ${connection}`;
    const session: Session = sessions.get(key) ?? { open: false, current: [], statements: new Map() };
    sessions.set(key, session);
    const { event } = seen;
    if (event.type === "statement") {
      const statement = { id: event.id, sql: oneLine(event.sql ?? "prepared before"), startedAtMs: atMs, ...RUNNING };
      session.statements.set(event.id, statement);
      if (!session.open) {
        session.current = [];
        transactions.push({ hop, connection, statements: session.current });
      }
      session.current.push(statement);
    } else if (event.type === "statement-end") {
      const { outcome, rows, cancelRequested, error } = event;
      const ended = { endedAtMs: atMs, outcome, rows, cancelRequested, sqlstate: error?.sqlstate ?? null };
      Object.assign(session.statements.get(event.id) ?? {}, ended);
      session.statements.delete(event.id);
    } else if (event.type === "message" && event.message.name === "ReadyForQuery") {
      session.open = event.message.transaction !== "idle";
    }
  }
  return transactions.flatMap(({ statements: [first, ...others], ...of }) =>
    first === undefined ? [] : [{ ...of, statements: [first, ...others] }],
  );
}

const RUNNING: Omit<SqlStatement, "id" | "sql" | "startedAtMs"> = {
  endedAtMs: null,
  outcome: null,
  sqlstate: null,
  rows: 0,
  cancelRequested: false,
};

/** A statement's text on one line. */
export function oneLine(sql: string): string {
  return sql.replace(/\s+/g, " ").trim();
}

/** Statements that only begin and end transactions. */
const CONTROL = /^(begin|start transaction|commit|rollback|end|savepoint|release)\b/i;

/** What a transaction did: `insert orders, insert outbox`. */
export function transactionTitle({ statements }: Pick<SqlTransaction, "statements">): string {
  const titles = workOf(statements).map(statementTitle);
  return titles.length === 0 ? statements[0].sql : titles.join(", ");
}

/** The statements of a transaction that do something. */
export function workOf(statements: SqlTransaction["statements"]): string[] {
  return statements.map(({ sql }) => sql).filter((sql) => !CONTROL.test(sql));
}

function statementTitle(sql: string): string {
  const [, verb = sql.split(" ", 1)[0] ?? "", table = ""] =
    /\b(insert into|update|delete from|from) "?(\w+)/i.exec(sql) ?? [];
  const word = verb.toLowerCase().replace(/ ?(into|from)$/, "") || "select";
  return `${word} ${table}`.trim();
}
