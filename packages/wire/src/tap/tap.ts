import { createTcpProxy, type Endpoint, type ProxyEvent } from "../proxy/index.ts";
import { Backlog } from "./backlog.ts";
import type { TapEvent } from "./events.ts";
import { Observer } from "./observer.ts";
import { resolveRingLimits, type TapOptions } from "./options.ts";
import { Ring, type TapRecord } from "./ring.ts";

/**
 * A proxy that decodes what passes through it. The bytes in its events and records are there until these are forgotten
 * because of `maxEvents` or `maxBytes`; then they read as empty, and payloads as `null`: copy what is needed longer. Whoever
 * asks it has what has just gone on looked at: subscribers may be called before the answer is there.
 */
export interface Tap extends AsyncDisposable {
  /** Where it listens: what a client is given in place of the upstream. */
  readonly address: Endpoint;
  /** What was seen, oldest first, as far as it is kept. */
  events(): readonly TapEvent[];
  /** The same with the bytes, for `pcapng`. */
  records(): readonly TapRecord[];
  /** Events that were forgotten because of `maxEvents` or `maxBytes`. */
  readonly dropped: number;
  /**
   * Waits for an event that fits, one that was seen before included. What a caller has received was seen before that; its
   * cancellations, and what goes on behind it, are not. Rejects when `signal` aborts and when the tap is closed.
   */
  until(fits: (event: TapEvent) => boolean, signal?: AbortSignal): Promise<TapEvent>;
  /**
   * Calls `onEvent` for each event from now on, within 1 ms of its bytes going on as far as the event loop is free; it must
   * not throw. Returns how to stop.
   */
  subscribe(onEvent: (event: TapEvent) => void): () => void;
  /** Forgets what was seen and begins to count `dropped` anew; connections are followed on. */
  clear(): void;
  /** Stops listening and breaks off every connection. What was seen can still be read. */
  close(): Promise<void>;
}

/**
 * Starts a tap: everything that `createTcpProxy` passes on, decoded as far as it can be.
 *
 * @throws RangeError for options out of range; the error of `listen` when the address can't be had.
 */
export async function createTap(options: TapOptions): Promise<Tap> {
  const { onEvent } = options;
  const ring = new Ring(resolveRingLimits(options));
  const observer = new Observer(options);
  const subscribers = new Set<(event: TapEvent) => void>(onEvent === undefined ? [] : [onEvent]);
  const endsOf = (first: ProxyEvent): TapRecord["ends"] => ({
    client: first.kind === "open" ? first.client : { host: "", port: 0 },
    server: options.upstream,
  });
  const look = (raw: ProxyEvent): void => {
    const record = observer.look(raw, endsOf);
    // Subscribers first: the ring may be too small for this record alone.
    for (const subscriber of subscribers) for (const event of record.events) subscriber(event);
    ring.push(record);
  };
  const backlog = new Backlog(look);
  const proxy = await createTcpProxy({ ...options, observe: (told) => backlog.push(ring.keep(told)) });
  /** With everything in it that has gone on. */
  const upToDate = (): Ring => {
    backlog.lookAtAll();
    return ring;
  };
  const events = (): TapEvent[] =>
    upToDate()
      .records()
      .flatMap(({ events: shown }) => shown);
  const subscribe = (subscriber: (event: TapEvent) => void): (() => void) => {
    backlog.lookAtAll();
    // Each call is a subscription of its own, also of a function that already has one.
    const own = (event: TapEvent): void => subscriber(event);
    subscribers.add(own);
    return () => {
      backlog.lookAtAll();
      subscribers.delete(own);
    };
  };
  const closing = new AbortController();
  const close = (): Promise<void> => {
    const closed = proxy.close();
    // Behind the closing's own events, which someone may be waiting for.
    const stop = (): void => closing.abort(new Error("the tap was closed"));
    void closed.then(stop, stop);
    return closed;
  };
  return {
    address: proxy.address,
    events,
    records: () => upToDate().records(),
    until: (fits, signal) =>
      untilEvent(fits, { events, subscribe, signals: [closing.signal, ...(signal ? [signal] : [])] }),
    get dropped() {
      return upToDate().dropped;
    },
    subscribe,
    clear: () => upToDate().clear(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Where an event is looked for. */
interface Watch {
  readonly events: Tap["events"];
  readonly subscribe: Tap["subscribe"];
  /** Each of them ends the waiting. */
  readonly signals: readonly AbortSignal[];
}

function untilEvent(fits: (event: TapEvent) => boolean, { events, subscribe, signals }: Watch): Promise<TapEvent> {
  const found = events().find(fits);
  if (found !== undefined) return Promise.resolve(found);
  const { promise, resolve, reject } = Promise.withResolvers<TapEvent>();
  const ended = AbortSignal.any([...signals]);
  const stop = subscribe((event) => {
    if (fits(event)) resolve(event);
  });
  const giveUp = (): void => {
    // Has looked at what has gone on by now, which may be it.
    stop();
    reject(ended.reason);
  };
  ended.addEventListener("abort", giveUp);
  if (ended.aborted) giveUp();
  return promise.finally(() => {
    stop();
    ended.removeEventListener("abort", giveUp);
  });
}
