import type { Interceptor, StreamResponse, UnaryResponse } from "@connectrpc/connect";
import { type CallContext, servedCall } from "../call-context.ts";
import { tapMessages } from "../messages.ts";
import { runInCall } from "./current-call.ts";

type AnyResponse = UnaryResponse | StreamResponse;

/** Makes the call findable by `currentCall()` in everything that serves it, the body of a streaming handler included. */
export const callScope: Interceptor = (next) => (request) => {
  const serving = runInCall(servedCall(request), () => next(request));
  return request.stream ? serving.then((response) => inScope(response, servedCall(request))) : serving;
};

function inScope(response: AnyResponse, call: CallContext): AnyResponse {
  if (!response.stream) return response;
  // The body of a generator runs in the scope of whoever asks for its next message.
  const around = <R>(work: () => R) => runInCall(call, work);
  return { ...response, message: tapMessages(response.message, { around }) };
}
