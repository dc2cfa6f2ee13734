import type { Writable } from "node:stream";

/** Options of {@link writeMessages}. */
export interface WriteMessagesOptions<T> {
  /** Encodes one message. */
  encode: (message: T) => Buffer;
  /** Stops writing when it aborts. */
  signal: AbortSignal;
  /** Called once, when the first message (or the end) is known and nothing has been written. */
  beforeFirst?: () => void;
}

/**
 * Writes each message of an iterator and waits whenever the other side does not keep up. Resolves when the iterator is
 * done or the signal aborts; closes neither.
 */
export async function writeMessages<T>(
  writable: Writable,
  messages: AsyncIterator<T>,
  { encode, signal, beforeFirst }: WriteMessagesOptions<T>,
): Promise<void> {
  let result = await messages.next();
  beforeFirst?.();
  while (!result.done && !signal.aborted) {
    if (!writable.write(encode(result.value))) await drained(writable, signal);
    result = await messages.next();
  }
}

function drained(writable: Writable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      writable.off("drain", done);
      writable.off("close", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    writable.once("drain", done);
    writable.once("close", done);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
