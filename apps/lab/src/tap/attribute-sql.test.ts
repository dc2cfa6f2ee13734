import { expect, test } from "vitest";
import { attributeSql, withSql } from "./attribute-sql.ts";
import type { CallRecord } from "./call-record.ts";
import type { HopEvent } from "./hop-event.ts";
import { readTransactions, type SqlTransaction, transactionTitle } from "./read-transactions.ts";

function call(hop: string, [startedAtMs, endedAtMs]: [number, number], more: Partial<CallRecord> = {}): CallRecord {
  return {
    ...{ hop, connection: 1, call: startedAtMs, style: "grpc", method: "POST", path: "/a.B/C", requestId: "r-1" },
    ...{ timeoutMs: null, startedAtMs, answeredAtMs: null, endedAtMs, code: "OK", cancelledBy: null, messages: [] },
    ...more,
  };
}

function ran(sql: string, startedAtMs: number, more: Partial<SqlTransaction> = {}): SqlTransaction {
  const outcome = { outcome: "complete", sqlstate: null, rows: 0, cancelRequested: false } as const;
  const statement = { id: startedAtMs, sql, startedAtMs, endedAtMs: startedAtMs + 1, ...outcome };
  return { hop: "orders>postgres", connection: 1, statements: [statement], ...more };
}

const FIRST = call("client>orders", [100, 200]);
const POLL = "select id from outbox";

function attributed(transactions: SqlTransaction[], others: CallRecord[] = [], first = FIRST) {
  const { transactions: found, doubtful } = attributeSql([first], { calls: [first, ...others], transactions });
  return { at: found.map(({ statements }) => statements[0].startedAtMs), doubtful };
}

test("attributeSql + takes what began while the call was at the service", () => {
  const elsewhere = ran("select 1 from stock", 150, { hop: "inventory>postgres" });
  expect(
    attributed([ran("select b from x", 99), ran("select a from x", 101), elsewhere, ran("select a from x", 201)]),
  ).toEqual({
    at: [101],
    doubtful: 0,
  });
});

test("attributeSql + leaves out what the service also does while nobody calls it", () => {
  const polls = [10, 20, 30, 40, 50, 120].map((at) => ran(POLL, at));
  expect(attributed([...polls, ran("select a from x", 121)]).at).toEqual([121]);
  expect(attributed(polls.slice(1)).at).toEqual([120]);
});

test("attributeSql + counts as doubtful what a call of another may have led to", () => {
  const other = call("gateway>orders", [150, 160], { requestId: "r-2" });
  expect(attributed([ran("select a from x", 140), ran("select a from x", 155)], [other])).toEqual({
    at: [140],
    doubtful: 1,
  });
});

test("attributeSql + takes what a service goes on to do after the call was given up", () => {
  const late = ran("update x", 900);
  expect(attributed([late]).at).toEqual([]);
  expect(attributed([late], [], { ...FIRST, code: null, cancelledBy: "client" }).at).toEqual([900]);
  expect(attributed([ran("update x", 1300)], [], { ...FIRST, cancelledBy: "client" }).at).toEqual([]);
});

const seen = (atMs: number, event: object): HopEvent =>
  ({ seq: atMs, hop: "orders>postgres", connection: 7, atMs, layer: "postgres", event }) as HopEvent;
const ready = (atMs: number, transaction: string): HopEvent =>
  seen(atMs, { type: "message", from: "server", message: { name: "ReadyForQuery", transaction } });
const COMPLETE = { outcome: "complete", rows: 0, cancelRequested: false, error: null };

test("readTransactions + joins statements while the server says that a transaction is open", () => {
  const cancelled = { ...COMPLETE, outcome: "cancelled", cancelRequested: true, error: { sqlstate: "57014" } };
  const transactions = readTransactions([
    seen(1, { type: "statement", id: 0, sql: "begin" }),
    seen(2, { type: "statement-end", id: 0, ...COMPLETE }),
    ready(2, "open"),
    seen(3, { type: "statement", id: 1, sql: 'insert into "orders"\n  values ($1)' }),
    seen(9, { type: "statement-end", id: 1, ...cancelled }),
    ready(9, "failed"),
    seen(10, { type: "statement", id: 2, sql: "rollback" }),
    seen(11, { type: "statement-end", id: 2, ...COMPLETE }),
    ready(11, "idle"),
    seen(12, { type: "statement", id: 3, sql: "with a as (update stock set b = 1) select * from a" }),
  ]);
  expect(transactions.map(transactionTitle)).toEqual(["insert orders", "update stock"]);
  expect(transactions[0]?.statements.map(({ sql }) => sql)).toEqual([
    "begin",
    'insert into "orders" values ($1)',
    "rollback",
  ]);
  const [, shown, open] = withSql([FIRST], { transactions, doubtful: 0 });
  expect(shown).toMatchObject({
    style: "sql",
    startedAtMs: 1,
    endedAtMs: 11,
    cancelledBy: "client",
    path: "insert orders",
  });
  expect(open).toMatchObject({ startedAtMs: 12, endedAtMs: null, code: null });
});
