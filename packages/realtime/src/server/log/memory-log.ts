import { create } from "@bufbuild/protobuf";
import { type OrderEvent, OrderEventSchema } from "@polywire/contract/polywire/orders/v1/order";
import { makeCursor } from "../../protocol/cursor.ts";
import type { EventLog, LogBounds, LogMessage, ReadOptions } from "./event-log.ts";
import { withHeartbeats } from "./heartbeats.ts";
import { recover } from "./recover.ts";

/** Options of {@link createMemoryEventLog}. */
export interface MemoryEventLogOptions {
  /** Default "memory". */
  epoch?: string;
  /** How many events are kept; the oldest goes first. Default 10,000. */
  maxEvents?: number;
  /** A reading that has nothing to deliver says so this often, in milliseconds. Default 5,000. */
  heartbeatMs?: number;
}

/** A log of one process, for tests and examples. It obeys the same rules as the real ones. */
export interface MemoryEventLog extends EventLog {
  /** Adds an event and gives it the next offset. */
  append(event: OrderEvent): OrderEvent;
  /** Forgets the oldest events so that `keep` are left. */
  trim(keep: number): void;
  /** Forgets everything and starts another numbering. Readings in progress break off. */
  reset(epoch: string): void;
  /** Breaks off every reading in progress, as a lost connection does. */
  interrupt(): void;
}

/** Creates an empty log in memory. */
export function createMemoryEventLog(options: MemoryEventLogOptions = {}): MemoryEventLog {
  const { maxEvents = 10_000, heartbeatMs = 5000 } = options;
  let epoch = options.epoch ?? "memory";
  let oldest = 0n;
  let events: OrderEvent[] = [];
  let interruption = new AbortController();
  let changed = Promise.withResolvers<void>();

  const head = () => oldest + BigInt(events.length);
  const bounds = (): LogBounds => ({ oldest: makeCursor(epoch, oldest), head: makeCursor(epoch, head()) });

  function notify() {
    changed.resolve();
    changed = Promise.withResolvers();
  }

  function trim(keep: number) {
    const removed = events.splice(0, Math.max(0, events.length - keep));
    oldest += BigInt(removed.length);
  }

  function interrupt() {
    interruption.abort(new Error("the reading was broken off"));
    interruption = new AbortController();
    notify();
  }

  async function* readMemory({ cursor, signal }: ReadOptions): AsyncGenerator<LogMessage> {
    const interrupted = interruption.signal;
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    const start = recover(cursor, bounds());
    yield { kind: "started", ...start };
    let { offset } = start.cursor;
    while (!signal.aborted) {
      interrupted.throwIfAborted();
      const event = events[Number(offset - oldest)];
      if (offset < oldest) {
        throw new Error(`events after ${offset} are no longer kept`);
      }
      if (event !== undefined) {
        offset += 1n;
        yield { kind: "event", event };
      } else {
        await Promise.race([changed.promise, aborted]);
      }
    }
  }

  return {
    bounds: async () => bounds(),
    read: (read) => withHeartbeats(readMemory(read), heartbeatMs),
    append(event) {
      const placed = create(OrderEventSchema, { ...event, cursor: makeCursor(epoch, head() + 1n) });
      events.push(placed);
      trim(maxEvents);
      notify();
      return placed;
    },
    trim,
    interrupt,
    reset(next) {
      epoch = next;
      oldest = 0n;
      events = [];
      interrupt();
    },
  };
}
