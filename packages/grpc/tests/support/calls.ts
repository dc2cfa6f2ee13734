import { ConnectError } from "@connectrpc/connect";

/** The ConnectError that a call ends with. */
export async function errorOf(call: Promise<unknown>): Promise<ConnectError> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (!outcome) throw new Error("the call did not fail");
  return ConnectError.from(outcome.error);
}

/** Every message of a stream. */
export async function all<T>(messages: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(messages);
}

/** Messages as a client stream. */
export async function* stream<T>(...messages: T[]): AsyncGenerator<T> {
  yield* messages;
}

/** A promise that settles when the signal aborts, with its reason. */
export function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    signal.addEventListener("abort", () => resolve(signal.reason));
  });
}
