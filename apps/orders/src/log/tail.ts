import type { OrderEvent } from "@polywire/contract/polywire/orders/v1/order";

/** Reads stamped events from Postgres: those after an offset, oldest first, at most `limit`. */
export type LoadEvents = (after: bigint, limit: number) => Promise<OrderEvent[]>;

/** The end of the log in the memory of one process, for all its readers. */
export interface Tail {
  /** The last offset that this process knows. */
  readonly head: bigint;
  /** Takes events that were just stamped here. What does not continue the tail is left to `catchUp`. */
  offer(events: readonly OrderEvent[]): void;
  /** Reads from Postgres what is missing. */
  catchUp(): Promise<void>;
  /** The events after an offset, none if there are none yet; undefined when they are older than the window. */
  after(offset: bigint): readonly OrderEvent[] | undefined;
  /** Resolves when events have come, when a heartbeat is due, or when the signal aborts. */
  changed(signal: AbortSignal): Promise<"events" | "heartbeat" | "aborted">;
  /** Stops the heartbeats and lets nobody wait for ever. */
  close(): void;
}

/** Options of `createTail`. */
export interface TailOptions {
  /** Where the log ends now. */
  head: bigint;
  load: LoadEvents;
  /** How many events are kept in memory. Older ones are read from Postgres again. */
  windowEvents: number;
  /** How often those who wait are told that nothing happened, in milliseconds. */
  heartbeatMs: number;
}

type Waiter = (what: "events" | "heartbeat" | "aborted") => void;

/** Events taken from the window, or loaded, at once. */
export const PAGE_EVENTS = 500;

/** Makes a tail with an empty window. */
export function createTail(options: TailOptions): Tail {
  const { load, windowEvents, heartbeatMs } = options;
  let events: OrderEvent[] = [];
  let { head } = options;
  let catchingUp: Promise<void> | undefined;
  const waiters = new Set<Waiter>();
  const tell: Waiter = (what) => {
    for (const waiter of [...waiters]) waiter(what);
  };
  const timer = setInterval(tell, heartbeatMs, "heartbeat");

  function offer(stamped: readonly OrderEvent[]): void {
    const news = stamped.filter((event) => offsetOf(event) > head);
    const [first] = news;
    if (first === undefined || offsetOf(first) !== head + 1n) return;
    events.push(...news);
    head += BigInt(news.length);
    // Cut seldom, so that the cost of moving the array is spread over many events.
    if (events.length >= windowEvents * 2) events = events.slice(-windowEvents);
    tell("events");
  }

  async function readMissing(): Promise<void> {
    for (;;) {
      const page = await load(head, PAGE_EVENTS);
      offer(page);
      if (page.length < PAGE_EVENTS) return;
    }
  }

  return {
    get head() {
      return head;
    },
    offer,
    catchUp() {
      catchingUp ??= readMissing().finally(() => {
        catchingUp = undefined;
      });
      return catchingUp;
    },
    after(offset) {
      if (offset >= head) return [];
      const start = events.length - Number(head - offset);
      return start < 0 ? undefined : events.slice(start, start + PAGE_EVENTS);
    },
    changed(signal) {
      if (signal.aborted) return Promise.resolve("aborted");
      const { promise, resolve } = Promise.withResolvers<"events" | "heartbeat" | "aborted">();
      const abort = (): void => waiter("aborted");
      const waiter: Waiter = (what) => {
        waiters.delete(waiter);
        signal.removeEventListener("abort", abort);
        resolve(what);
      };
      waiters.add(waiter);
      signal.addEventListener("abort", abort);
      return promise;
    },
    close() {
      clearInterval(timer);
      tell("aborted");
    },
  };
}

/** The event's place in the log. */
export function offsetOf(event: OrderEvent): bigint {
  return event.cursor?.offset ?? 0n;
}
