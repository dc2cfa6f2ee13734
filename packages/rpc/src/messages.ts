/** What to do with the messages of a stream as they pass. */
export interface MessageTap<T> {
  /** Sees each message; throwing ends the stream with that error. */
  onMessage?: (message: T) => void;
  /** Turns what the stream throws into what its reader gets. */
  onError?: (error: unknown) => unknown;
  /** Called once: the stream ended (no error), failed (what `onError` made of it), or its reader left. */
  onEnd?: (end: StreamEnd) => void;
}

/** How a stream ended. */
export type StreamEnd = { kind: "done" } | { kind: "failed"; error: unknown } | { kind: "left" };

/**
 * Wraps a stream of messages without buffering any. Written with plain promises: it is on the path of every message,
 * and an async generator costs three times as much.
 */
export function tapMessages<T>(messages: AsyncIterable<T>, tap: MessageTap<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => new TappedIterator(messages[Symbol.asyncIterator](), tap) };
}

class TappedIterator<T> implements AsyncIterator<T, undefined> {
  readonly #inner: AsyncIterator<T>;
  readonly #tap: MessageTap<T>;
  #ended = false;

  constructor(inner: AsyncIterator<T>, tap: MessageTap<T>) {
    this.#inner = inner;
    this.#tap = tap;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    try {
      return this.#inner.next().then(this.#onResult, this.#onError);
    } catch (error) {
      return Promise.reject(this.#fail(error));
    }
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#end({ kind: "left" });
    await this.#inner.return?.();
    return { done: true, value: undefined };
  }

  readonly #onResult = (result: IteratorResult<T, unknown>): IteratorResult<T, undefined> => {
    if (result.done) {
      this.#end({ kind: "done" });
      return { done: true, value: undefined };
    }
    try {
      this.#tap.onMessage?.(result.value);
    } catch (error) {
      // The stream itself goes on; nobody will read it any more.
      this.#inner.return?.().catch(() => {});
      throw this.#fail(error);
    }
    return result;
  };

  readonly #onError = (error: unknown): never => {
    throw this.#fail(error);
  };

  #fail(error: unknown): unknown {
    const seen = this.#tap.onError ? this.#tap.onError(error) : error;
    this.#end({ kind: "failed", error: seen });
    return seen;
  }

  #end(end: StreamEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#tap.onEnd?.(end);
  }
}
