import { SlowConsumerPolicy, type Subscribe } from "@polywire/contract/polywire/realtime/v1/frames";
import type { Cursor } from "@polywire/contract/polywire/type/v1/cursor";
import { rpcError } from "@polywire/rpc";
import { parseChannel } from "../../../protocol/channel.ts";
import type { Hub, Subscription } from "../../fanout/hub.ts";
import type { Outlet } from "../../fanout/outlet.ts";
import type { OverflowPolicy } from "../../fanout/subscription-queue.ts";
import type { Caller, ResolvedRealtimeServerOptions } from "../../options.ts";
import { earliest } from "../client-connection.ts";

/** What the subscriptions of a connection need. */
export interface SubscriptionsParts {
  outlet: Outlet;
  hub: Hub;
  options: ResolvedRealtimeServerOptions;
  /** Called when a subscription could not begin although it was authorised. */
  onRefused: (error: unknown, requestId: number) => void;
}

/** The channels of one connection. */
export interface Subscriptions {
  /** Authorises and begins a subscription. */
  subscribe(request: Subscribe, requestId: number, caller: Caller): Promise<void>;
  unsubscribe(channel: string): void;
  /** The request that a channel's confirmation answers. */
  requestIdOf(channel: string): number;
  /** Checks every channel again, for another token. */
  reauthorize(caller: Caller): Promise<void>;
  /** Everything up to here was sent, on every channel. */
  sentUpTo(): Cursor;
  /** Goes on sending after the socket has drained. */
  pump(): void;
  close(): void;
}

interface Entry {
  requestId: number;
  /** Absent while the channel is being authorised. */
  subscription?: Subscription;
}

const policies: Record<SlowConsumerPolicy, OverflowPolicy> = {
  [SlowConsumerPolicy.UNSPECIFIED]: "disconnect",
  [SlowConsumerPolicy.DISCONNECT]: "disconnect",
  [SlowConsumerPolicy.DROP_OLDEST]: "drop_oldest",
  [SlowConsumerPolicy.CONFLATE]: "conflate",
};

/** Creates the empty set of a connection's channels. */
export function createSubscriptions({ outlet, hub, options, onRefused }: SubscriptionsParts): Subscriptions {
  const entries = new Map<string, Entry>();

  async function subscribe(request: Subscribe, requestId: number, caller: Caller) {
    const { channel, cursor, slowConsumerPolicy } = request;
    const parsed = parseChannel(channel);
    if (entries.has(channel)) {
      throw rpcError("ALREADY_SUBSCRIBED", `this connection is subscribed to ${channel} already`);
    }
    if (entries.size >= options.maxSubscriptions) {
      throw rpcError(
        "TOO_MANY_SUBSCRIPTIONS",
        `a connection may have at most ${options.maxSubscriptions} subscriptions`,
      );
    }
    const entry: Entry = { requestId };
    entries.set(channel, entry);
    try {
      await options.authorize(parsed, caller);
      if (entries.get(channel) !== entry || caller.signal.aborted) {
        return;
      }
      entry.subscription = hub.subscribe({ channel, outlet, cursor, policy: policies[slowConsumerPolicy] });
    } catch (error) {
      if (entries.get(channel) === entry) {
        entries.delete(channel);
      }
      throw error;
    }
    // Not part of the request: a long replay is no request in work.
    entry.subscription.caughtUp.catch((error: unknown) => fail(channel, entry, error));
  }

  function fail(channel: string, entry: Entry, error: unknown) {
    if (entries.get(channel) !== entry) {
      return;
    }
    if (entry.subscription?.isAnswered === true) {
      outlet.disconnect("LOG_CHANGED");
      return;
    }
    unsubscribe(channel);
    onRefused(error, entry.requestId);
  }

  function unsubscribe(channel: string) {
    const entry = entries.get(channel);
    if (entry === undefined) {
      throw rpcError("NOT_SUBSCRIBED", `this connection is not subscribed to ${channel}`);
    }
    entries.delete(channel);
    entry.subscription?.close();
  }

  const begun = () => [...entries.values()].flatMap(({ subscription }) => subscription ?? []);
  return {
    subscribe,
    unsubscribe,
    requestIdOf: (channel) => entries.get(channel)?.requestId ?? 0,
    async reauthorize(caller) {
      await Promise.all([...entries.keys()].map((channel) => options.authorize(parseChannel(channel), caller)));
    },
    sentUpTo: () =>
      earliest(
        begun().map((subscription) => subscription.sentUpTo()),
        hub.head(),
      ),
    pump() {
      for (const subscription of begun()) {
        subscription.pump();
      }
    },
    close() {
      for (const subscription of begun()) {
        subscription.close();
      }
      entries.clear();
    },
  };
}
