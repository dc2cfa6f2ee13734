/** Reads a stream step by step. */
export interface StreamReader<T> extends AsyncDisposable {
  next(): Promise<T>;
  /** The next message that passes. */
  find(passes: (message: T) => boolean): Promise<T>;
}

export function readStream<T>(open: (signal: AbortSignal) => AsyncIterable<T>): StreamReader<T> {
  const leaving = new AbortController();
  const iterator = open(leaving.signal)[Symbol.asyncIterator]();
  const next = async (): Promise<T> => {
    const result = await iterator.next();
    if (result.done === true) throw new Error("the stream has ended");
    return result.value;
  };
  return {
    next,
    async find(passes) {
      for (;;) {
        const message = await next();
        if (passes(message)) return message;
      }
    },
    [Symbol.asyncDispose]: async () => {
      leaving.abort();
      await iterator.next().catch(() => undefined);
    },
  };
}
