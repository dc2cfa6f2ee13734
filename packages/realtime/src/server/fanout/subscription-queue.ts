import type { FanoutEvent } from "./fanout-event.ts";

/** What happens when a queue is full. */
export type OverflowPolicy = "disconnect" | "drop_oldest" | "conflate";

/** The bounds of a queue. Whichever is reached first counts; one event always fits. */
export interface QueueLimits {
  maxEvents: number;
  maxBytes: number;
}

/** The next event to send, and how many before it were left out. */
export interface QueuedEvent {
  event: FanoutEvent;
  skipped: number;
}

/**
 * The events that wait for one subscriber whose socket takes no more at the moment.
 *
 * Every event counts as it comes in, so a gap shows in the counts of the events around it: nothing is left out without
 * `skipped` telling. The newest event is never the one left out.
 */
export class SubscriptionQueue {
  readonly #policy: OverflowPolicy;
  readonly #limits: QueueLimits;
  readonly #sizeOf: (event: FanoutEvent) => number;
  /** In the order of the events. The key is the order for `conflate`, the position otherwise. */
  readonly #entries = new Map<string | bigint, { event: FanoutEvent; number: number; bytes: number }>();
  #bytes = 0;
  #lastNumber = 0;
  #lastTaken = 0;

  constructor(policy: OverflowPolicy, limits: QueueLimits, sizeOf: (event: FanoutEvent) => number) {
    this.#policy = policy;
    this.#limits = limits;
    this.#sizeOf = sizeOf;
  }

  /** How many events wait. */
  get length(): number {
    return this.#entries.size;
  }

  /** Adds an event. False: the queue is full and the policy is to disconnect. */
  push(event: FanoutEvent): boolean {
    const key = this.#policy === "conflate" ? event.orderId : event.cursor.offset;
    const bytes = this.#sizeOf(event);
    if (this.#policy === "disconnect" && this.#entries.size > 0 && this.#isOver(1, bytes)) {
      return false;
    }
    this.#lastNumber += 1;
    // Taken out first, because an event that replaces another one goes to the end.
    this.#remove(key);
    this.#entries.set(key, { event, number: this.#lastNumber, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size === 1 || !this.#isOver(0, 0)) {
        break;
      }
      this.#remove(oldest);
    }
    return true;
  }

  /** Takes the oldest event that waits. */
  shift(): QueuedEvent | undefined {
    const [first] = this.#entries;
    if (first === undefined) {
      return undefined;
    }
    const [key, { event, number }] = first;
    const skipped = number - this.#lastTaken - 1;
    this.#remove(key);
    this.#lastTaken = number;
    return { event, skipped };
  }

  #isOver(moreEvents: number, moreBytes: number): boolean {
    const { maxEvents, maxBytes } = this.#limits;
    return this.#entries.size + moreEvents > maxEvents || this.#bytes + moreBytes > maxBytes;
  }

  #remove(key: string | bigint): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }
}
