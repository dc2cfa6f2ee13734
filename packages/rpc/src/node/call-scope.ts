import type { Interceptor } from "@connectrpc/connect";
import { type CallContext, servedCall } from "../call-context.ts";
import { runInCall } from "./current-call.ts";

/** Makes the call findable by `currentCall()` in everything that serves it, the body of a streaming handler included. */
export const callScope: Interceptor = (next) => async (request) => {
  const call = servedCall(request);
  const response = await runInCall(call, () => next(request));
  // The body of a generator runs in the scope of whoever asks for its next message.
  return response.stream ? { ...response, message: scoped(response.message, call) } : response;
};

function scoped<T>(messages: AsyncIterable<T>, call: CallContext): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
      const iterator = runInCall(call, () => messages[Symbol.asyncIterator]());
      const next = () => iterator.next();
      return {
        next: () => runInCall(call, next),
        async return() {
          await runInCall(call, () => iterator.return?.());
          return { done: true, value: undefined };
        },
      };
    },
  };
}
