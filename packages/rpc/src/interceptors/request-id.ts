import { ConnectError, type Interceptor, type StreamResponse, type UnaryResponse } from "@connectrpc/connect";
import { responseHeaderKey, servedCall } from "../call-context.ts";

type AnyResponse = UnaryResponse | StreamResponse;

/** The header that carries the request id, both ways. */
export const REQUEST_ID_HEADER = "x-request-id";

/** Gives each call its id (the caller's `x-request-id` if it is a sane one) and tells the caller, on errors too. */
export const requestId: Interceptor = (next) => (request) => {
  const { requestId } = servedCall(request);
  const header = request.contextValues.get(responseHeaderKey);
  if (!header) return tell(next(request), requestId);
  header.set(REQUEST_ID_HEADER, requestId);
  return next(request);
};

async function tell(answering: Promise<AnyResponse>, requestId: string): Promise<AnyResponse> {
  try {
    const response = await answering;
    response.header.set(REQUEST_ID_HEADER, requestId);
    return response;
  } catch (error) {
    throw error instanceof ConnectError ? withId(error, requestId) : error;
  }
}

/** A copy: one error may end several calls, those that a server which drains gives up. */
function withId(error: ConnectError, requestId: string): ConnectError {
  const copy = new ConnectError(error.rawMessage, error.code, error.metadata, undefined, error.cause);
  copy.details = error.details;
  copy.metadata.set(REQUEST_ID_HEADER, requestId);
  return copy;
}
