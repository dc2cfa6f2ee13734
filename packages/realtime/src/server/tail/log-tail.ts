import { setTimeout as delay } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Cursor, Recovery } from "@polywire/contract/polywire/type/v1/cursor";
import { formatCursor, makeCursor } from "../../protocol/cursor.ts";
import { type FanoutEvent, fanoutEvent } from "../fanout/fanout-event.ts";
import type { EventLog, LogMessage } from "../log/event-log.ts";
import { createLogWindow, type LogWindow } from "./window.ts";

/** Options of {@link startLogTail}. */
export interface LogTailOptions {
  /** What is followed. */
  log: EventLog;
  /** How many of the newest events are kept in memory; older resumes read the log itself. Default 4,096. */
  windowEvents?: number;
  /** A log that says nothing for this long, not even a heartbeat, is read anew, in milliseconds. Default 15,000. */
  silenceMs?: number;
  /** The longest pause before the log is tried again, in milliseconds; the actual one is random. Default 1,000. */
  maxRetryMs?: number;
  /** How long a log that ends before our position is given to be refilled, in milliseconds. Default 30,000. */
  refillMs?: number;
  /** Takes what made a reading end; it is tried again. Default: nobody. */
  onError?: (error: unknown) => void;
  /** Default Math.random. */
  random?: () => number;
}

/** What follows the tail. */
export interface TailListener {
  /** The next event, already in the window. */
  event(event: FanoutEvent): void;
  /** The tail could not go on without a hole: its window begins anew, and what was missed will not come. */
  reset(): void;
}

/** The one reader of the log in a process. */
export interface LogTail extends AsyncDisposable {
  /** Whether the log is being followed right now. */
  readonly live: boolean;
  /** The newest events. Empty and without an epoch before the log was reached for the first time. */
  readonly window: LogWindow;
  /** Tells everything that happens from now on; one listener at most. */
  listen(listener: TailListener): void;
  /** Resolves with true when the window has reached the position, with false after `withinMs`. */
  reached(position: Cursor, withinMs: number): Promise<boolean>;
  /** Stops reading. */
  close(): Promise<void>;
}

/** Starts to follow a log, for ever. Whether it could be reached is told by `live`. */
export function startLogTail(options: LogTailOptions): LogTail {
  const { log, windowEvents = 4096, silenceMs = 15_000, maxRetryMs = 1000, refillMs = 30_000 } = options;
  const { onError = () => undefined, random = Math.random } = options;
  const closing = new AbortController();
  let window = createLogWindow(makeCursor("", 0n), windowEvents);
  let listener: TailListener = { event: () => undefined, reset: () => undefined };
  let live = false;
  let behindSinceMs: number | undefined;
  let moved = Promise.withResolvers<void>();

  function announce() {
    moved.resolve();
    moved = Promise.withResolvers();
  }

  async function follow() {
    for (let failures = 0; !closing.signal.aborted; failures += 1) {
      try {
        await read(() => {
          failures = 0;
        });
      } catch (error) {
        if (!closing.signal.aborted) {
          onError(error);
        }
      }
      live = false;
      const pauseMs = Math.min(maxRetryMs, 50 * 2 ** Math.min(failures, 10)) * random();
      await delay(pauseMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  async function read(onStarted: () => void) {
    const known = window.head.epoch !== "";
    const { cursor, head } = known ? await continuation() : await beginning();
    const silence = silenceWatch(silenceMs);
    try {
      const signal = AbortSignal.any([closing.signal, silence.signal]);
      for await (const message of log.read({ cursor, signal })) {
        silence.heard();
        take(message);
        live ||= window.head.epoch === head.epoch && window.head.offset >= head.offset;
        onStarted();
      }
      silence.signal.throwIfAborted();
    } finally {
      silence.stop();
    }
  }

  /** Where a new tail begins: far enough back to answer the resumes that follow a restart from memory. */
  async function beginning() {
    const { oldest, head } = await log.bounds(closing.signal);
    const start = head.offset - BigInt(windowEvents);
    return { cursor: makeCursor(head.epoch, start > oldest.offset ? start : oldest.offset), head };
  }

  /** Where the tail goes on. A log that ends before our position was lost and is being refilled: that takes a while. */
  async function continuation() {
    const { head } = await log.bounds(closing.signal);
    const cursor = window.head;
    if (head.epoch === cursor.epoch && head.offset < cursor.offset) {
      behindSinceMs ??= performance.now();
      if (performance.now() - behindSinceMs < refillMs) {
        const [at, seen] = [formatCursor(head), formatCursor(cursor)];
        throw new ConnectError(`the log ends at ${at}, before ${seen}: waiting for its refill`, Code.Unavailable);
      }
    }
    behindSinceMs = undefined;
    return { cursor, head };
  }

  function take(message: LogMessage) {
    if (message.kind === "event") {
      const event = fanoutEvent(message.event);
      window.push(event);
      listener.event(event);
      announce();
    } else if (message.kind === "started" && !isContinuation(message.recovery)) {
      window = createLogWindow(message.cursor, windowEvents);
      listener.reset();
      announce();
    }
  }

  function isContinuation(recovery: Recovery): boolean {
    return window.head.epoch !== "" && recovery === Recovery.RECOVERED;
  }

  async function reached(position: Cursor, withinMs: number): Promise<boolean> {
    const until = AbortSignal.timeout(withinMs);
    const late = new Promise<void>((resolve) => until.addEventListener("abort", () => resolve(), { once: true }));
    const has = () => window.head.epoch === position.epoch && window.head.offset >= position.offset;
    while (!has() && !until.aborted) {
      await Promise.race([moved.promise, late]);
    }
    return has();
  }

  const following = follow();
  const close = async () => {
    closing.abort();
    await following;
  };
  return {
    get live() {
      return live;
    },
    get window() {
      return window;
    },
    listen(next) {
      listener = next;
    },
    reached,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Aborts its signal when nothing was heard for a while. */
function silenceWatch(silenceMs: number) {
  const controller = new AbortController();
  const fail = () => controller.abort(new ConnectError(`the log said nothing for ${silenceMs} ms`, Code.Unavailable));
  const timer = setTimeout(fail, silenceMs);
  return {
    signal: controller.signal,
    heard: () => void timer.refresh(),
    stop: () => clearTimeout(timer),
  };
}
