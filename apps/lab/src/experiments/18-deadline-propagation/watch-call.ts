import { setTimeout as sleep } from "node:timers/promises";
import { machineMs } from "../../tap/hop-event.ts";
import type { Chain, HopWork } from "./chain.ts";
import type { StockDatabase } from "./stock-lock.ts";

/** How long work may go on after its caller has gone before it counts as going on, in ms. */
const SLACK_MS = 500;

/** How a call is made and left. */
export interface WatchOptions {
  readonly budgetMs: number;
  /** Whether the caller leaves as soon as the statement waits, long before its deadline. */
  readonly leaves?: boolean;
  readonly signal: AbortSignal;
}

/** One call and what went on for it; times in ms since the caller asked. */
export interface CallSeen {
  readonly budgetMs: number;
  /** The code that the caller got, and when; `NO_ANSWER`: nothing while the slack lasted. */
  readonly code: string;
  readonly endedMs: number;
  /** When its caller went: at the deadline, or before it. */
  readonly goneMs: number;
  /** Each service, and at last the statement. */
  readonly hops: readonly HopWork[];
  /** Services, and statements, still at work when the slack after the caller's going was over. */
  readonly late: { readonly services: readonly string[]; readonly statements: number };
  /** Statements that Postgres cancelled because somebody asked for it. */
  readonly cancelled: number;
  /** Orders and reservations that came to be although the caller had gone. */
  readonly effects: number;
  /** Whether it was at its statement while the caller waited: only then does the rest say anything. */
  readonly reached: boolean;
}

/** How often a call is made that was not at its statement in time, on a busy machine for instance: it says nothing. */
const MAX_ATTEMPTS = 5;

/** Makes a call whose statement waits for a lock, and sees what becomes of everybody when the caller has gone. */
export async function watchCall(chain: Chain, database: StockDatabase, options: WatchOptions): Promise<CallSeen> {
  for (let attempt = 1; ; attempt += 1) {
    const seen = await watchOnce(chain, database, options);
    if (seen.reached || attempt === MAX_ATTEMPTS) return seen;
  }
}

async function watchOnce(chain: Chain, database: StockDatabase, options: WatchOptions): Promise<CallSeen> {
  const { budgetMs, leaves = false, signal } = options;
  const before = { effects: await database.effects(), cancelled: database.cancelled() };
  await using lock = await database.lockStock();
  await using statement = database.followStatement();
  const leaving = new AbortController();
  const call = chain.start({ budgetMs, signal: leaving.signal });
  const since = (): number => machineMs() - call.startedAtMs;
  let endedMs: number | undefined;
  const ended = call.ended.finally(() => {
    endedMs = since();
  });
  await until(() => statement.firstAtMs !== null || endedMs !== undefined, { withinMs: GIVE_UP_MS, signal });
  const reached = statement.firstAtMs !== null;
  let goneMs = budgetMs;
  if (leaves) {
    leaving.abort();
    goneMs = since();
  }
  const slackLeftMs = (): number => goneMs + SLACK_MS - since();
  await until(() => endedMs !== undefined && since() >= goneMs, { withinMs: slackLeftMs(), signal });
  const code = endedMs === undefined ? "NO_ANSWER" : await ended;
  const isQuiet = (): boolean => !statement.isActive && call.work().every((one) => one.endedMs !== null);
  await until(isQuiet, { withinMs: slackLeftMs(), signal });
  const late = {
    services: call.work().flatMap((one) => (one.endedMs === null ? [one.hop] : [])),
    statements: statement.isActive ? 1 : 0,
  };
  await lock[Symbol.asyncDispose]();
  // What was left behind goes on to its end now.
  await until(isQuiet, { withinMs: GIVE_UP_MS, signal });
  // Before the count of what Postgres cancelled: its log comes by another way than its answers, and perhaps later.
  const effects = (await database.effects()) - before.effects;
  return {
    ...{ budgetMs, code, endedMs: endedMs ?? since(), goneMs, reached, late },
    hops: [...call.work(), ...statementWork(statement, call.startedAtMs)],
    cancelled: database.cancelled() - before.cancelled,
    effects,
  };
}

function statementWork(
  { firstAtMs, lastAtMs }: { firstAtMs: number | null; lastAtMs: number | null },
  startMs: number,
): HopWork[] {
  if (firstAtMs === null || lastAtMs === null) return [];
  return [{ hop: "SQL", toldMs: null, startedMs: firstAtMs - startMs, endedMs: lastAtMs - startMs, code: null }];
}

const STEP_MS = 5;
/** A bound for what ends by itself unless something is broken. */
const GIVE_UP_MS = 10_000;

/** Waits for a condition, as long as may be; who asked looks again what has become of it. */
async function until(
  isSo: () => boolean,
  { withinMs, signal }: { readonly withinMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const giveUpAtMs = machineMs() + withinMs;
  while (!isSo() && machineMs() < giveUpAtMs) await sleep(STEP_MS, undefined, { signal });
}
