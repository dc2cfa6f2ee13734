import { type Cursor, Recovery } from "@polywire/contract/polywire/type/v1/cursor";
import type { EventLog } from "../log/event-log.ts";
import { type RecoveryAnswer, type RecoveryName, recoveryName } from "../log/recover.ts";
import type { LogTail } from "../tail/log-tail.ts";
import { batchByChannel } from "./channel-batch.ts";
import type { FanoutEvent } from "./fanout-event.ts";
import { limitConcurrency } from "./limit-concurrency.ts";
import { type DeliveryCounts, LiveSubscription } from "./live-subscription.ts";
import type { Outlet } from "./outlet.ts";
import { replay } from "./replay.ts";
import { type OverflowPolicy, type QueueLimits, SubscriptionQueue } from "./subscription-queue.ts";

/** What a hub works with. */
export interface HubOptions {
  log: EventLog;
  tail: LogTail;
  /** Bounds of each subscriber's queue. */
  queue: QueueLimits;
  /** How many resumes may read the log itself at a time. */
  maxConcurrentReplays: number;
  /** How long the tail is given to reach a cursor that is ahead of it, in milliseconds. */
  aheadWaitMs: number;
}

/** What is subscribed. */
export interface SubscribeOptions {
  channel: string;
  outlet: Outlet;
  /** Deliver what comes after it. Absent: from now on. */
  cursor?: Cursor | undefined;
  /** Default "disconnect". */
  policy?: OverflowPolicy | undefined;
}

/** A channel of one connection. */
export interface Subscription {
  readonly channel: string;
  /** Resolves when delivery is live, or was closed before. Rejects when the log could not be read. */
  readonly caughtUp: Promise<void>;
  /** Whether the outlet was told what the resume found. */
  readonly isAnswered: boolean;
  /** Everything of the channel up to here was sent. */
  sentUpTo(): Cursor;
  /** Goes on sending after the outlet has become writable. */
  pump(): void;
  /** Ends it; nothing is written for it afterwards. */
  close(): void;
}

/** Counts for metrics, all since the start except `subscriptions`. */
export interface HubCounts extends DeliveryCounts {
  /** Subscriptions that exist now. */
  subscriptions: number;
  /** Subscriptions by what they were answered. */
  recoveries: Record<RecoveryName, number>;
}

/** Brings the log's events to the subscribers of their channels. */
export interface Hub {
  readonly counts: Readonly<HubCounts>;
  /** The end of the log as far as subscribers that keep up have had it. */
  head(): Cursor;
  subscribe(options: SubscribeOptions): Subscription;
}

/** Beyond this, a burst is sent in several batches, so that no buffer grows with the burst. */
const maxBatchEvents = 256;

/** Creates the hub of a node, and makes it the tail's listener. */
export function createHub(options: HubOptions): Hub {
  const { log, tail, queue, aheadWaitMs } = options;
  const limited = limitConcurrency(options.maxConcurrentReplays);
  const channels = new Map<string, Set<LiveSubscription>>();
  const counts: HubCounts = {
    delivered: 0,
    skipped: 0,
    subscriptions: 0,
    recoveries: { live: 0, recovered: 0, gap: 0, epoch_changed: 0 },
  };
  let pending: FanoutEvent[] = [];
  let flushScheduled: NodeJS.Immediate | undefined;

  tail.listen({
    event(event) {
      pending.push(event);
      if (pending.length >= maxBatchEvents) {
        flush();
      } else {
        flushScheduled ??= setImmediate(flush);
      }
    },
    reset() {
      flush();
      const outlets = new Set([...channels.values()].flatMap((live) => [...live].map(({ outlet }) => outlet)));
      for (const outlet of outlets) {
        outlet.disconnect("LOG_CHANGED");
      }
    },
  });

  function flush() {
    clearImmediate(flushScheduled);
    flushScheduled = undefined;
    const events = pending;
    pending = [];
    for (const [channel, batch] of batchByChannel(events, (name) => channels.has(name))) {
      for (const subscription of channels.get(channel) ?? []) {
        subscription.deliver(batch);
      }
    }
  }

  function join(subscription: LiveSubscription) {
    const live = channels.get(subscription.channel);
    if (live === undefined) {
      channels.set(subscription.channel, new Set([subscription]));
    } else {
      live.add(subscription);
    }
  }

  function leave(subscription: LiveSubscription) {
    const live = channels.get(subscription.channel);
    live?.delete(subscription);
    if (live?.size === 0) {
      channels.delete(subscription.channel);
    }
  }

  function subscribe({ channel, outlet, cursor, policy = "disconnect" }: SubscribeOptions): Subscription {
    const closing = new AbortController();
    let position = tail.window.head;
    let live: LiveSubscription | undefined;
    let isAnswered = false;
    counts.subscriptions += 1;

    function answer(found: RecoveryAnswer) {
      isAnswered = true;
      counts.recoveries[recoveryName(found.recovery)] += 1;
      outlet.started(channel, found);
    }

    function goLive(from: Cursor) {
      const waiting = new SubscriptionQueue(policy, queue, outlet.encoder.size);
      live = new LiveSubscription({ channel, outlet, queue: waiting, counts }, from);
      join(live);
    }

    async function start() {
      if (cursor === undefined) {
        answer({ recovery: Recovery.LIVE, cursor: position });
        goLive(position);
        return;
      }
      position = cursor;
      await replay(cursor, {
        ...{ channel, outlet, log, tail, limited, aheadWaitMs, signal: closing.signal },
        onAnswer: answer,
        onCaughtUp: goLive,
        onSent(next, events) {
          position = next;
          counts.delivered += events;
        },
      });
    }

    return {
      channel,
      caughtUp: start(),
      get isAnswered() {
        return isAnswered;
      },
      sentUpTo: () => live?.sentUpTo(head()) ?? position,
      pump: () => live?.pump(),
      close() {
        if (!closing.signal.aborted) {
          closing.abort();
          counts.subscriptions -= 1;
          if (live !== undefined) {
            position = live.sentUpTo(head());
            leave(live);
            live = undefined;
          }
        }
      },
    };
  }

  function head(): Cursor {
    flush();
    return tail.window.head;
  }

  return { counts, head, subscribe };
}
