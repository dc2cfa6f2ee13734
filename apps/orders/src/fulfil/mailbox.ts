/** Brings the messages of several senders to one reader. A sender waits until its message is taken. */
export interface Mailbox<T> extends AsyncIterable<T, undefined> {
  /** Resolves when the message has been taken, or will never be. */
  put(message: T): Promise<void>;
  /** Ends it, with an error if one is given, after the messages that wait. Only the first call counts. */
  close(error?: unknown): void;
  /** Whether a message waits for the reader. */
  readonly isFull: boolean;
}

interface Waiting<T> {
  message: T;
  taken: () => void;
}

/** Makes an empty mailbox. It holds one message of each sender that waits for it. */
export function createMailbox<T>(): Mailbox<T> {
  const waiting: Waiting<T>[] = [];
  let end: { error?: unknown } | undefined;
  let wake = (): void => {};
  return {
    get isFull() {
      return waiting.length > 0;
    },
    put: (message) => {
      if (end !== undefined) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ message, taken: resolve });
      wake();
      return promise;
    },
    close: (...reason) => {
      end ??= reason.length > 0 ? { error: reason[0] } : {};
      wake();
    },
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) {
          const next = waiting.shift();
          if (next !== undefined) {
            next.taken();
            yield next.message;
          } else if (end !== undefined) {
            if ("error" in end) throw end.error;
            return undefined;
          } else {
            const { promise, resolve } = Promise.withResolvers<void>();
            wake = resolve;
            await promise;
          }
        }
      } finally {
        end ??= {};
        for (const { taken } of waiting.splice(0)) taken();
      }
    },
  };
}
