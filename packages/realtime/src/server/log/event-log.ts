import type { OrderEvent } from "@polywire/contract/polywire/orders/v1/order";
import type { Cursor, Recovery } from "@polywire/contract/polywire/type/v1/cursor";

/** Where a log begins and ends. Both positions are of the same epoch. */
export interface LogBounds {
  /** The position before the oldest event that is still kept. */
  oldest: Cursor;
  /** The position of the newest event. Equal to `oldest` when nothing is kept. */
  head: Cursor;
}

/** One message of a reading: `started` once and first, then events without a hole, heartbeats while nothing happens. */
export type LogMessage =
  | { kind: "started"; recovery: Recovery; cursor: Cursor }
  | { kind: "event"; event: OrderEvent }
  | { kind: "heartbeat"; cursor: Cursor };

/** What to read. */
export interface ReadOptions {
  /** Deliver what comes after this position. Absent: what comes from now on. */
  cursor?: Cursor | undefined;
  /** Ends the reading: the iteration finishes without an error. */
  signal: AbortSignal;
}

/**
 * The ordered log of everything that was committed. Offsets are dense and start at 1.
 *
 * A reading that cannot go on without a hole throws; it never skips. The reader then opens another from its last
 * position, and the first message of that one says what was found.
 */
export interface EventLog {
  /**
   * Where the log begins and ends now.
   *
   * @throws ConnectError UNAVAILABLE when the log can't be reached or does not exist yet
   */
  bounds(signal?: AbortSignal): Promise<LogBounds>;
  /**
   * Reads the log from a position, and then live.
   *
   * @throws ConnectError UNAVAILABLE when the log can't be reached or the connection is lost
   * @throws ConnectError DATA_LOSS when the next event is not the one that must follow
   */
  read(options: ReadOptions): AsyncIterable<LogMessage>;
}
