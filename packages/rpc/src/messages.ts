/** What to do with the messages of a stream as they pass. */
export interface MessageTap<T> {
  /** Gets each message and gives the one to pass on; throwing ends the stream with that error. */
  onMessage?: (message: T) => T;
  /** Turns what the stream throws into what its reader gets. */
  onError?: (error: unknown) => unknown;
  /** Called once: the stream ended, failed (with what `onError` made of it), or its reader left. */
  onEnd?: (end: StreamEnd) => void;
  /** Runs what makes the next message. */
  around?: <R>(work: () => R) => R;
}

/** How a stream ended. */
export type StreamEnd = { kind: "done" } | { kind: "failed"; error: unknown } | { kind: "left" };

/**
 * Wraps a stream of messages without buffering any. It is on the path of every message: taps on taps share one
 * iterator, and that is written with plain promises, because an async generator costs several times as much.
 */
export function tapMessages<T>(messages: AsyncIterable<T>, tap: MessageTap<T>): AsyncIterable<T> {
  return messages instanceof TappedMessages
    ? new TappedMessages(messages.source as AsyncIterable<T>, [...(messages.taps as MessageTap<T>[]), tap])
    : new TappedMessages(messages, [tap]);
}

class TappedMessages<T> implements AsyncIterable<T> {
  readonly source: AsyncIterable<T>;
  /** Innermost first. */
  readonly taps: readonly MessageTap<T>[];

  constructor(source: AsyncIterable<T>, taps: readonly MessageTap<T>[]) {
    this.source = source;
    this.taps = taps;
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return new TappedIterator(this.source, this.taps);
  }
}

class TappedIterator<T> implements AsyncIterator<T, undefined> {
  readonly #inner: AsyncIterator<T>;
  readonly #taps: readonly MessageTap<T>[];
  readonly #converters: readonly ((message: T) => T)[];
  readonly #within: <R>(work: () => R) => R;
  #ended = false;

  constructor(source: AsyncIterable<T>, taps: readonly MessageTap<T>[]) {
    this.#taps = taps;
    this.#converters = taps.flatMap(({ onMessage }) => onMessage ?? []);
    this.#within = taps.reduce<<R>(work: () => R) => R>(
      (within, { around }) => (around ? (work) => around(() => within(work)) : within),
      (work) => work(),
    );
    this.#inner = this.#within(() => source[Symbol.asyncIterator]());
  }

  next(): Promise<IteratorResult<T, undefined>> {
    try {
      return this.#within(this.#pull).then(this.#onResult, this.#onError);
    } catch (error) {
      return Promise.reject(this.#fail(error));
    }
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#end({ kind: "left" });
    await this.#within(() => this.#inner.return?.());
    return { done: true, value: undefined };
  }

  readonly #pull = () => this.#inner.next();

  readonly #onResult = (result: IteratorResult<T, unknown>): IteratorResult<T, undefined> => {
    if (result.done) {
      this.#end({ kind: "done" });
      return { done: true, value: undefined };
    }
    if (this.#converters.length === 0) return result;
    try {
      let { value } = result;
      for (const convert of this.#converters) value = convert(value);
      return { done: false, value };
    } catch (error) {
      // The stream itself could go on, but nobody will read it any more.
      this.#inner.return?.().catch(() => {});
      throw this.#fail(error);
    }
  };

  readonly #onError = (error: unknown): never => {
    throw this.#fail(error);
  };

  /** Tells the taps of the error, from the inside out: each sees what the one before has made of it. */
  #fail(error: unknown): unknown {
    const told = this.#ended;
    this.#ended = true;
    let seen = error;
    for (const { onError, onEnd } of this.#taps) {
      if (onError) seen = onError(seen);
      if (!told) onEnd?.({ kind: "failed", error: seen });
    }
    return seen;
  }

  #end(end: StreamEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const { onEnd } of this.#taps) onEnd?.(end);
  }
}
