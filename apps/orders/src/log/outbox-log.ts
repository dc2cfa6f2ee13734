import type { OrderEvent } from "@polywire/contract/polywire/orders/v1/order";
import { makeCursor } from "@polywire/realtime/protocol";
import {
  contiguous,
  type EventLog,
  type LogBounds,
  type LogMessage,
  type ReadOptions,
  recover,
} from "@polywire/realtime/server";
import { rpcError } from "@polywire/rpc";
import { type Kysely, sql } from "kysely";
import type { Tables } from "../schema/tables.ts";
import { eventColumns, eventOf } from "./event-row.ts";
import { createTail, offsetOf, PAGE_EVENTS, type Tail } from "./tail.ts";

/** The outbox as an event log, and the tail that its readers share. */
export interface OutboxLog extends EventLog {
  readonly epoch: string;
  readonly tail: Tail;
  /** The events after an offset; none when there are none yet. @throws UNAVAILABLE when they are no longer kept */
  next(after: bigint): Promise<readonly OrderEvent[]>;
}

/** Options of `openOutboxLog`. */
export interface OutboxLogOptions {
  windowEvents: number;
  heartbeatMs: number;
}

/** Opens the outbox of this schema as a log, at its present end. */
export async function openOutboxLog(db: Kysely<Tables>, options: OutboxLogOptions): Promise<OutboxLog> {
  const { epoch, head_offset: head } = await db
    .selectFrom("service_state")
    .select(["epoch", "head_offset"])
    .executeTakeFirstOrThrow();
  const tail = createTail({ ...options, head, load });

  async function load(after: bigint, limit: number): Promise<OrderEvent[]> {
    const rows = await db
      .selectFrom("outbox")
      .select(eventColumns)
      .where("log_offset", ">", after)
      .orderBy("log_offset")
      .limit(limit)
      .execute();
    return rows.map((row) => eventOf(row, epoch));
  }

  async function bounds(): Promise<LogBounds> {
    // From Postgres, not from the tail: a reader may have heard of an event from another instance first.
    const state = await db
      .selectFrom("service_state")
      .select(["epoch", "head_offset"])
      .select((query) =>
        query.selectFrom("outbox").select(sql<bigint | null>`min(log_offset)`.as("first")).as("first_offset"),
      )
      .executeTakeFirstOrThrow();
    const oldest = state.first_offset === null ? state.head_offset : state.first_offset - 1n;
    return { oldest: makeCursor(state.epoch, oldest), head: makeCursor(state.epoch, state.head_offset) };
  }

  async function next(after: bigint): Promise<readonly OrderEvent[]> {
    const known = tail.after(after);
    if (known !== undefined) return known;
    const events = await load(after, PAGE_EVENTS);
    const [first] = events;
    if (first === undefined || offsetOf(first) !== after + 1n) {
      throw rpcError(
        "UPSTREAM_UNAVAILABLE",
        "the next events are no longer kept; resume to learn where the log begins",
      );
    }
    return events;
  }

  async function* read({ cursor, signal }: ReadOptions): AsyncGenerator<LogMessage> {
    const start = recover(cursor, await bounds());
    yield { kind: "started", ...start };
    let { offset } = start.cursor;
    while (!signal.aborted) {
      const events = await next(offset);
      for (const event of events) {
        if (signal.aborted) return;
        yield { kind: "event", event };
      }
      offset += BigInt(events.length);
      if (events.length > 0) continue;
      const what = await tail.changed(signal);
      if (what === "heartbeat") yield { kind: "heartbeat", cursor: makeCursor(epoch, offset) };
    }
  }

  return { epoch, tail, bounds, next, read: (options) => contiguous(read(options)) };
}
