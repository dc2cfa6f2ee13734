import type { CallRecord } from "./call-record.ts";
import { calleeOf, callerOf } from "./hops.ts";
import type { Journey } from "./journey.ts";
import { type SqlTransaction, transactionTitle, workOf } from "./read-transactions.ts";

/** The SQL of a journey, as far as it can be told whose it is. */
export interface JourneySql {
  readonly transactions: readonly SqlTransaction[];
  /** Transactions that may as well belong to other calls, which were at the same service at the same time. */
  readonly doubtful: number;
}

/** Of a call that was not followed. */
export const NO_SQL: JourneySql = { transactions: [], doubtful: 0 };

/** A service that was not told of a cancellation works on: for so long its statements are still taken for the call's. */
export const AFTERMATH_MS = 1000;
/**
 * What a service has done so often while no tap saw it called is its own work: it polls every second, or sweeps every two.
 * Callers that go around the taps are not seen; that often they seldom do the same.
 */
const OWN_WORK_TIMES = 5;

/**
 * Finds the transactions of a journey's calls. Nothing on the wire says for whom a statement runs, so this goes by time and
 * hop: a transaction belongs to a call that was at the service when it began. Left out is what the service also does while
 * nobody calls it, and what calls of others, given in `calls`, may have led to.
 */
export function attributeSql(
  journey: Journey,
  { calls, transactions }: { readonly calls: readonly CallRecord[]; readonly transactions: readonly SqlTransaction[] },
): JourneySql {
  const own = new Set<CallRecord>(journey);
  const others = calls.filter((call) => !journey.some((mine) => isSameCall(mine, call)));
  const at = (one: SqlTransaction, among: Iterable<CallRecord>): boolean =>
    [...among].some((call) => calleeOf(call.hop) === callerOf(one.hop) && covers(call, one.statements[0].startedAtMs));
  const uncalled = new Map<string, number>();
  for (const one of transactions) {
    if (!at(one, own) && !at(one, others)) uncalled.set(signature(one), (uncalled.get(signature(one)) ?? 0) + 1);
  }
  const candidates = transactions.filter((one) => at(one, own) && (uncalled.get(signature(one)) ?? 0) < OWN_WORK_TIMES);
  const certain = candidates.filter((one) => !at(one, others));
  return { transactions: certain, doubtful: candidates.length - certain.length };
}

function isSameCall(a: CallRecord, b: CallRecord): boolean {
  return a.hop === b.hop && a.connection === b.connection && a.call === b.call;
}

function covers({ startedAtMs, endedAtMs, cancelledBy }: CallRecord, atMs: number): boolean {
  const aftermathMs = cancelledBy === null ? 0 : AFTERMATH_MS;
  return atMs >= startedAtMs && atMs <= (endedAtMs ?? Number.POSITIVE_INFINITY) + aftermathMs;
}

function signature({ hop, statements }: SqlTransaction): string {
  return `${hop} ${workOf(statements).join(";")}`;
}

/** Calls and transactions in the order in which they began. */
export function withSql([first, ...calls]: Journey, { transactions }: JourneySql): Journey {
  const behind = [...calls, ...transactions.map(sqlRecord)].sort((a, b) => a.startedAtMs - b.startedAtMs);
  return [first, ...behind];
}

/** A transaction as a call of the service to Postgres. */
function sqlRecord(transaction: SqlTransaction): CallRecord {
  const { hop, connection, statements } = transaction;
  const last = statements.at(-1) ?? statements[0];
  const failed = statements.find(({ outcome }) => outcome !== null && outcome !== "complete" && outcome !== "empty");
  return {
    hop,
    connection,
    call: statements[0].id,
    style: "sql",
    method: "SQL",
    path: transactionTitle(transaction),
    requestId: null,
    timeoutMs: null,
    startedAtMs: statements[0].startedAtMs,
    answeredAtMs: null,
    endedAtMs: last.endedAtMs,
    code: last.endedAtMs === null ? null : (failed?.sqlstate ?? failed?.outcome ?? "complete"),
    cancelledBy: failed?.outcome === "cancelled" ? (failed.cancelRequested ? "client" : "server") : null,
    messages: [],
  };
}
