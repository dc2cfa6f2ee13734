import { type CallRecord, callTitle } from "./call-record.ts";
import type { Journey } from "./journey.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

/** How the deadline of one call was spent, hop by hop. Times are ms since the client asked. */
export interface Waterfall {
  readonly rows: readonly [WaterfallRow, ...WaterfallRow[]];
  /** Where the axis ends. */
  readonly totalMs: number;
  /** When the client had its answer or had given up: what is done after that, is done for nobody. `null`: it still waits. */
  readonly goneAtMs: number | null;
}

/** One call of the journey, or one transaction. */
export interface WaterfallRow {
  readonly hop: string;
  readonly title: string;
  readonly isSql: boolean;
  /** What the wire said was left when it began; `null`: nothing. */
  readonly budgetMs: number | null;
  readonly startMs: number;
  /** `null`: still open when the taps were read. */
  readonly endMs: number | null;
  /** How long it went on after the client had gone; 0: it did not. */
  readonly lateMs: number;
  readonly outcome: Outcome;
}

/** Lays a journey out. */
export function waterfallOf(journey: Journey): Waterfall {
  const [first, ...others] = journey;
  const goneAtMs = first.endedAtMs === null ? null : first.endedAtMs - first.startedAtMs;
  const ends = journey.map((record) => (record.endedAtMs ?? record.startedAtMs) - first.startedAtMs);
  const totalMs = Math.max(...ends);
  const row = (record: CallRecord): WaterfallRow => {
    const endMs = record.endedAtMs === null ? null : record.endedAtMs - first.startedAtMs;
    return {
      hop: record.hop,
      title: callTitle(record),
      isSql: record.style === "sql",
      budgetMs: record.timeoutMs,
      startMs: record.startedAtMs - first.startedAtMs,
      endMs,
      lateMs: goneAtMs === null ? 0 : Math.max(0, (endMs ?? totalMs) - goneAtMs),
      outcome: outcomeOf(record),
    };
  };
  return { rows: [row(first), ...others.map(row)], totalMs, goneAtMs };
}
