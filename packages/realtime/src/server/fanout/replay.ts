import { Code, ConnectError } from "@connectrpc/connect";
import { type Cursor, Recovery } from "@polywire/contract/polywire/type/v1/cursor";
import type { EventLog } from "../log/event-log.ts";
import type { RecoveryAnswer } from "../log/recover.ts";
import type { LogTail } from "../tail/log-tail.ts";
import { type FanoutEvent, fanoutEvent } from "./fanout-event.ts";
import type { Outlet } from "./outlet.ts";

/** What a replay works with. */
export interface ReplayOptions {
  channel: string;
  outlet: Outlet;
  log: EventLog;
  tail: LogTail;
  /** Runs a reading of the log itself; bounds how many there are at a time. */
  limited: <T>(reading: () => Promise<T>) => Promise<T>;
  /** How long the tail is given to reach a cursor that is ahead of it, in milliseconds. */
  aheadWaitMs: number;
  /** Called once, before anything is sent: what the resume found. */
  onAnswer: (answer: RecoveryAnswer) => void;
  /** Takes each step: everything up to the position was sent, the last `events` of it just now. */
  onSent: (position: Cursor, events: number) => void;
  /**
   * Called once, at the position where the tail's window has no more: the subscriber must join the live ones before it
   * returns, so that no event can come between.
   */
  onCaughtUp: (position: Cursor) => void;
  /** Ends the replay. */
  signal: AbortSignal;
}

const sliceEvents = 128;

/**
 * Sends a channel's events after `cursor` until the subscriber has caught up with the tail, as fast as its socket takes
 * them: from the window in memory if it reaches back that far, else from the log itself.
 *
 * @throws what reading the log throws
 */
export async function replay(cursor: Cursor, options: ReplayOptions): Promise<void> {
  const { tail, outlet, signal } = options;
  // The order service and other nodes may be ahead of this one: a cursor from there is not wrong, only new.
  if (isAhead(cursor, tail)) {
    await tail.reached(cursor, options.aheadWaitMs);
  }
  let position = cursor;
  let isAnswered = false;
  while (!signal.aborted) {
    if (!tail.window.reaches(position) || (!isAnswered && isAhead(position, tail))) {
      const from = position;
      const wasAnswered = isAnswered;
      position = await options.limited(() => readLog(from, wasAnswered, options));
      isAnswered = true;
      continue;
    }
    if (!isAnswered) {
      options.onAnswer({ recovery: Recovery.RECOVERED, cursor });
      isAnswered = true;
    }
    const slice = tail.window.after(position, sliceEvents);
    const last = slice.at(-1);
    if (last === undefined) {
      options.onCaughtUp(position);
      return;
    }
    position = last.cursor;
    options.onSent(position, send(slice, options));
    await outlet.drained();
  }
}

/** Reads the log itself up to where the tail's window begins. */
async function readLog(cursor: Cursor, isAnswered: boolean, options: ReplayOptions): Promise<Cursor> {
  const { log, outlet, tail } = options;
  const enough = new AbortController();
  let position = cursor;
  for await (const message of log.read({ cursor, signal: AbortSignal.any([options.signal, enough.signal]) })) {
    if (message.kind === "started") {
      if (!isAnswered) {
        options.onAnswer({ recovery: message.recovery, cursor: message.cursor });
      } else if (message.recovery !== Recovery.RECOVERED) {
        throw new ConnectError("the log no longer holds what the replay had to send", Code.DataLoss);
      }
      position = message.cursor;
      options.onSent(position, 0);
    } else if (message.kind === "event") {
      const event = fanoutEvent(message.event);
      position = event.cursor;
      options.onSent(position, send([event], options));
      await outlet.drained();
    }
    if (tail.window.reaches(position)) {
      enough.abort();
      break;
    }
  }
  return position;
}

function send(events: readonly FanoutEvent[], { channel, outlet }: ReplayOptions): number {
  const wanted = events.filter((event) => event.channels.includes(channel));
  if (wanted.length > 0) {
    outlet.write(Buffer.concat(wanted.map((event) => outlet.encoder.encode(channel, event))));
  }
  return wanted.length;
}

function isAhead(cursor: Cursor, { window }: LogTail): boolean {
  return cursor.epoch === window.head.epoch && cursor.offset > window.head.offset;
}
