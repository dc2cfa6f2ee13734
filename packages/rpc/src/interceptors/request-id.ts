import { ConnectError, type Interceptor } from "@connectrpc/connect";
import { servedCall } from "../call-context.ts";

/** The header that carries the request id, both ways. */
export const REQUEST_ID_HEADER = "x-request-id";

/** Gives each call its id (the caller's `x-request-id` if it is a sane one) and tells the caller, on errors too. */
export const requestId: Interceptor = (next) => async (request) => {
  const { requestId } = servedCall(request);
  try {
    const response = await next(request);
    response.header.set(REQUEST_ID_HEADER, requestId);
    return response;
  } catch (error) {
    if (error instanceof ConnectError) error.metadata.set(REQUEST_ID_HEADER, requestId);
    throw error;
  }
};
