import type { OrderEvent } from "@polywire/contract/polywire/orders/v1/order";
import type { Pool, PoolClient } from "pg";
import type { Logger } from "pino";
import { OUTBOX_CHANNEL } from "./append-event.ts";
import { keepRunning } from "./keep-running.ts";
import type { OutboxLog } from "./outbox-log.ts";
import { LOG_CHANNEL, stamp } from "./stamp.ts";
import { createWakeUp } from "./wake-up.ts";

/** Work that only one instance does at a time, until its signal aborts; see `keepRunning` for `healthy`. */
export type Duty = (signal: AbortSignal, healthy: () => void) => Promise<void>;

/** Options of `startRelay`. */
export interface RelayOptions {
  pool: Pool;
  log: OutboxLog;
  logger: Logger;
  /** Called with the events that were stamped here. */
  onStamped: (events: readonly OrderEvent[]) => void;
  /** Run as long as this instance is the relay. */
  duties: readonly Duty[];
  /** How often it looks without having been notified, in milliseconds. */
  pollMs: number;
}

/** The relay of this process, at work or waiting for its turn. */
export interface Relay {
  /** Whether this instance has the lock. */
  readonly isLeading: boolean;
  /** Ends it and gives the lock back. */
  close(): Promise<void>;
}

const BATCH_EVENTS = 500;
const TRY_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('polywire relay ' || current_schema(), 0)) AS locked";

/**
 * Keeps a session with Postgres that listens for new events. The instance whose session gets the lock is the relay: it
 * stamps what was committed and does the duties; the others follow the log. The lock ends with the session, so the next
 * instance takes over by itself.
 */
export function startRelay(options: RelayOptions): Relay {
  const { pool, log, logger, pollMs } = options;
  const stopping = new AbortController();
  let leading: { stop: () => Promise<void> } | undefined;
  const ended = keepRunning({ what: "the event relay", logger, signal: stopping.signal }, serve);

  async function serve(signal: AbortSignal, healthy: () => void): Promise<void> {
    const session = await pool.connect();
    const wakeUp = createWakeUp();
    const lost = new AbortController();
    session.on("notification", wakeUp.wake);
    session.on("error", (error) => lost.abort(error));
    const ending = AbortSignal.any([signal, lost.signal]);
    try {
      await session.query(`LISTEN ${OUTBOX_CHANNEL}; LISTEN ${LOG_CHANNEL}`);
      while (!ending.aborted) {
        leading ??= (await isLocked(session)) ? lead() : undefined;
        if (leading === undefined) await log.tail.catchUp();
        else await stampAll(session);
        healthy();
        await wakeUp.wait(pollMs, ending);
      }
      lost.signal.throwIfAborted();
    } finally {
      await leading?.stop();
      leading = undefined;
      session.removeAllListeners("notification");
      // Closed, not reused: that is what gives the lock and the subscriptions back.
      session.release(true);
    }
  }

  async function stampAll(session: PoolClient): Promise<void> {
    for (;;) {
      const events = await stamp(session, log.epoch, BATCH_EVENTS);
      if (events.length === 0) return;
      log.tail.offer(events);
      options.onStamped(events);
      if (events.length < BATCH_EVENTS) return;
    }
  }

  function lead(): { stop: () => Promise<void> } {
    logger.info("this instance is the event relay");
    const duty = new AbortController();
    const running = Promise.all(
      options.duties.map((work, index) =>
        keepRunning({ what: `duty ${work.name || index} of the event relay`, logger, signal: duty.signal }, work),
      ),
    );
    return {
      stop: async () => {
        duty.abort();
        await running;
      },
    };
  }

  return {
    get isLeading() {
      return leading !== undefined;
    },
    close: async () => {
      stopping.abort();
      await ended;
    },
  };
}

async function isLocked(session: PoolClient): Promise<boolean> {
  const { rows } = await session.query<{ locked: boolean }>(TRY_LOCK);
  return rows[0]?.locked === true;
}
