import type { Readable } from "node:stream";

/** Options of {@link MessageReader}. */
export interface MessageReaderOptions<T> {
  /** Turns what the stream yields into a message; throwing fails the reader. */
  toMessage: (value: unknown) => T;
  /** Turns the stream's error into what the reader throws. */
  toError: (error: unknown) => unknown;
}

interface Waiter<T> {
  resolve: (result: IteratorResult<T, undefined>) => void;
  reject: (error: unknown) => void;
}

/**
 * Reads the messages of a grpc-js stream one by one. Takes no more than the stream's own small buffer ahead of its
 * reader, so that flow control reaches the other side, and leaves the stream open when its reader stops.
 */
export class MessageReader<T> implements AsyncIterableIterator<T, undefined> {
  readonly #readable: Readable;
  readonly #options: MessageReaderOptions<T>;
  readonly #waiters: Waiter<T>[] = [];
  #end: { error: unknown } | "done" | undefined;

  constructor(readable: Readable, options: MessageReaderOptions<T>) {
    this.#readable = readable;
    this.#options = options;
    readable.on("readable", () => this.#serve());
    readable.on("end", () => this.#finish("done"));
    readable.on("error", (error) => this.fail(options.toError(error)));
    readable.on("close", () => this.fail(options.toError(new Error("the stream closed before its end"))));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#serve();
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#finish("done");
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Ends the stream for its reader with this error, after the messages that have already come. */
  fail(error: unknown): void {
    this.#finish({ error });
  }

  #finish(end: { error: unknown } | "done"): void {
    this.#end ??= end;
    this.#serve();
  }

  #serve(): void {
    for (let waiter = this.#waiters[0]; waiter; waiter = this.#waiters[0]) {
      const value: unknown = this.#end === "done" ? null : this.#readable.read();
      if (value === null && this.#end === undefined) return;
      this.#waiters.shift();
      if (value !== null) this.#deliver(waiter, value);
      else if (typeof this.#end === "object") waiter.reject(this.#end.error);
      else waiter.resolve({ done: true, value: undefined });
    }
  }

  #deliver(waiter: Waiter<T>, value: unknown): void {
    try {
      waiter.resolve({ done: false, value: this.#options.toMessage(value) });
    } catch (error) {
      this.#end = { error };
      waiter.reject(error);
    }
  }
}
