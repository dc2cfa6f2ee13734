import { type CallRecord, callTitle } from "./call-record.ts";
import { calleeOf, callerOf } from "./hops.ts";
import { type Journey, partsOf } from "./journey.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

/** One call across hops: who asked whom, when, and what came back. */
export interface Sequence {
  /** Callers before callees. */
  readonly parts: readonly string[];
  /** In the order of time. */
  readonly arrows: readonly Arrow[];
}

/** Something that one part said to another. */
export interface Arrow {
  /** Since the client asked. */
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  readonly kind: "request" | "response" | "cancel";
  readonly isSql: boolean;
  /** What is asked for; of an end the outcome. */
  readonly label: string;
  /** What the wire said was left of the deadline; `null`: nothing. */
  readonly budgetMs: number | null;
  /** Of an end. */
  readonly outcome: Outcome | null;
}

/** Lays a journey out. */
export function sequenceOf(journey: Journey): Sequence {
  const [{ startedAtMs }] = journey;
  const arrows = journey.flatMap((record) => arrowsOf(record, startedAtMs)).sort((a, b) => a.atMs - b.atMs);
  return { parts: partsOf(journey), arrows };
}

function arrowsOf(record: CallRecord, fromMs: number): Arrow[] {
  const [caller, callee] = [callerOf(record.hop), calleeOf(record.hop)];
  const isSql = record.style === "sql";
  const request: Arrow = {
    ...{ atMs: record.startedAtMs - fromMs, from: caller, to: callee, kind: "request", isSql },
    ...{ label: callTitle(record), budgetMs: record.timeoutMs, outcome: null },
  };
  if (record.endedAtMs === null) return [request];
  const outcome = outcomeOf(record);
  const cancelled = outcome.text === "cancelled";
  const byCaller = cancelled && record.cancelledBy !== "server";
  const end: Arrow = {
    ...{ atMs: record.endedAtMs - fromMs, from: byCaller ? caller : callee, to: byCaller ? callee : caller, isSql },
    ...{ kind: cancelled ? "cancel" : "response", label: outcome.text, budgetMs: null, outcome },
  };
  return [request, end];
}
