import type { Cursor } from "@polywire/contract/polywire/type/v1/cursor";
import { makeCursor } from "../../protocol/cursor.ts";
import type { FanoutEvent } from "../fanout/fanout-event.ts";

/** The newest events of the log in memory, without a hole. */
export interface LogWindow {
  /** The position before the oldest event held. */
  readonly oldest: Cursor;
  /** The position of the newest event. */
  readonly head: Cursor;
  /** Adds the event that follows `head`; the oldest goes when the window is full. */
  push(event: FanoutEvent): void;
  /** Whether every event after a position that is not beyond the head is held, or the position is beyond it. */
  reaches(position: Cursor): boolean;
  /** At most `limit` events after a position that the window reaches. */
  after(position: Cursor, limit: number): FanoutEvent[];
}

/** Creates an empty window that begins after `start`. */
export function createLogWindow(start: Cursor, maxEvents: number): LogWindow {
  const { epoch } = start;
  // A ring: the event of offset n lies at n modulo maxEvents.
  const ring: FanoutEvent[] = [];
  let head = start;
  let oldest = start;

  return {
    get oldest() {
      return oldest;
    },
    get head() {
      return head;
    },
    push(event) {
      head = event.cursor;
      ring[Number(head.offset % BigInt(maxEvents))] = event;
      if (head.offset - oldest.offset > BigInt(maxEvents)) {
        oldest = makeCursor(epoch, head.offset - BigInt(maxEvents));
      }
    },
    reaches: (position) => position.epoch === epoch && position.offset >= oldest.offset,
    after(position, limit) {
      const events: FanoutEvent[] = [];
      for (let offset = position.offset + 1n; offset <= head.offset && events.length < limit; offset += 1n) {
        const event = ring[Number(offset % BigInt(maxEvents))];
        if (event !== undefined) {
          events.push(event);
        }
      }
      return events;
    },
  };
}
