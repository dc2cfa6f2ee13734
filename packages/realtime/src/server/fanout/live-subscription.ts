import type { Cursor } from "@polywire/contract/polywire/type/v1/cursor";
import { makeCursor } from "../../protocol/cursor.ts";
import type { ChannelBatch } from "./channel-batch.ts";
import type { FanoutEvent } from "./fanout-event.ts";
import type { Outlet } from "./outlet.ts";
import type { SubscriptionQueue } from "./subscription-queue.ts";

/** Counts what happens to subscribers. */
export interface DeliveryCounts {
  /** Events handed to a socket. */
  delivered: number;
  /** Events left out for slow subscribers. */
  skipped: number;
}

/** What a live subscription is made of. */
export interface LiveSubscriptionParts {
  channel: string;
  outlet: Outlet;
  queue: SubscriptionQueue;
  counts: DeliveryCounts;
}

/**
 * A subscription that has caught up: batches go straight to the socket while it takes them, and through the queue while
 * it does not.
 */
export class LiveSubscription {
  readonly channel: string;
  readonly outlet: Outlet;
  readonly #queue: SubscriptionQueue;
  readonly #counts: DeliveryCounts;
  /** Everything of the channel up to here was sent. */
  #sent: Cursor;
  /** Everything of the channel up to here was sent or waits. */
  #accepted: bigint;

  constructor(parts: LiveSubscriptionParts, position: Cursor) {
    this.channel = parts.channel;
    this.outlet = parts.outlet;
    this.#queue = parts.queue;
    this.#counts = parts.counts;
    this.#sent = position;
    this.#accepted = position.offset;
  }

  /** Takes the channel's next events; those that came by the replay already are passed over. */
  deliver(batch: ChannelBatch): void {
    const [first] = batch.events;
    if (first === undefined) {
      return;
    }
    if (this.#queue.length === 0 && first.cursor.offset > this.#accepted && this.outlet.writable()) {
      this.outlet.write(batch.encoded(this.outlet.encoder));
      this.#counts.delivered += batch.events.length;
      this.#sent = batch.last.cursor;
      this.#accepted = this.#sent.offset;
      return;
    }
    for (const event of batch.events) {
      if (event.cursor.offset > this.#accepted) {
        this.#accepted = event.cursor.offset;
        if (!this.#queue.push(event)) {
          this.outlet.disconnect("SLOW_CONSUMER");
          return;
        }
      }
    }
    this.pump();
  }

  /** Sends what waits, as far as the socket takes it. */
  pump(): void {
    while (this.#queue.length > 0 && this.outlet.writable()) {
      const next = this.#queue.shift();
      if (next !== undefined) {
        this.#send(next.event, next.skipped);
      }
    }
  }

  /** The position to resume from: everything of the channel up to it was sent. */
  sentUpTo(head: Cursor): Cursor {
    return this.#queue.length === 0 && head.offset >= this.#sent.offset ? head : this.#sent;
  }

  #send(event: FanoutEvent, skipped: number): void {
    const { cursor } = event;
    if (skipped > 0) {
      this.#counts.skipped += skipped;
      this.outlet.gap(this.channel, {
        after: this.#sent,
        cursor: makeCursor(cursor.epoch, cursor.offset - 1n),
        skipped,
      });
    }
    this.outlet.write(this.outlet.encoder.encode(this.channel, event));
    this.#counts.delivered += 1;
    this.#sent = cursor;
  }
}
