import type { ConnectError, Interceptor } from "@connectrpc/connect";
import { type AnyRequest, servedCall } from "../call-context.ts";
import { publicError } from "../errors.ts";
import { tapMessages } from "../messages.ts";

/**
 * Turns whatever a handler throws, at once or in the middle of a stream, into an error that may reach the client.
 * Sits inside the log, which sees what it made, and around everything that may fail.
 */
export const recovery: Interceptor = (next) => async (request) => {
  try {
    const response = await next(request);
    if (!response.stream) return response;
    const onError = (error: unknown) => made(error, request);
    return { ...response, message: tapMessages(response.message, { onError }) };
  } catch (error) {
    throw made(error, request);
  }
};

function made(error: unknown, request: AnyRequest): ConnectError {
  const call = servedCall(request);
  return publicError(error, call.requestId, { signal: call.signal });
}
