import type { Interceptor } from "@connectrpc/connect";
import { servedCall } from "../call-context.ts";
import { tapMessages } from "../messages.ts";
import { runInCall } from "./current-call.ts";

/** Makes the call findable by `currentCall()` in everything that serves it, the body of a streaming handler included. */
export const callScope: Interceptor = (next) => async (request) => {
  const call = servedCall(request);
  const response = await runInCall(call, () => next(request));
  if (!response.stream) return response;
  // The body of a generator runs in the scope of whoever asks for its next message.
  const around = <R>(work: () => R) => runInCall(call, work);
  return { ...response, message: tapMessages(response.message, { around }) };
};
