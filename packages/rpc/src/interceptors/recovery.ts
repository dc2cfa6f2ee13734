import type { Interceptor } from "@connectrpc/connect";
import { servedCall } from "../call-context.ts";
import { publicError } from "../errors.ts";
import { tapMessages } from "../messages.ts";

/**
 * Turns whatever a handler throws, at once or in the middle of a stream, into an error that may reach the client.
 * Sits inside the log, which sees what it made, and around everything that may fail.
 */
export const recovery: Interceptor = (next) => async (request) => {
  const onError = (error: unknown) => {
    const call = servedCall(request);
    return publicError(error, call.requestId, { signal: call.signal });
  };
  try {
    const response = await next(request);
    return response.stream ? { ...response, message: tapMessages(response.message, { onError }) } : response;
  } catch (error) {
    throw onError(error);
  }
};
