import type { IncomingMessage, ServerResponse } from "node:http";
import { acceptRequestId, acceptTraceparent, REQUEST_ID_HEADER, rpcError, type ServedCall } from "@polywire/rpc";

/** The call that an HTTP request is. */
export interface HttpCall extends ServedCall {
  /** Ends the call, with DEADLINE_PASSED, so many milliseconds from now. */
  limit(timeoutMs: number): void;
  /** Milliseconds since the call was opened. */
  durationMs(): number;
  /** The call is answered: nothing ends it any more. */
  close(): void;
}

/** Opens the call of a request. Its signal aborts at the deadline and when the client leaves before it has the answer. */
export function openCall(request: IncomingMessage, response: ServerResponse): HttpCall {
  const startedMs = performance.now();
  const ending = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  // The response's event and not the request's, which comes as soon as the body has been read.
  const onClose = () => ending.abort(rpcError("CALL_CANCELLED", "the client went away"));
  response.once("close", onClose);

  return {
    requestId: acceptRequestId(headerOf(request, REQUEST_ID_HEADER)),
    traceparent: acceptTraceparent(headerOf(request, "traceparent")),
    signal: ending.signal,
    deadlineMs: undefined,
    principal: undefined,
    token: undefined,
    limit(timeoutMs) {
      this.deadlineMs = Date.now() + timeoutMs;
      const onDeadline = () =>
        ending.abort(rpcError("DEADLINE_PASSED", "the deadline passed before the call was done"));
      timer = setTimeout(onDeadline, timeoutMs);
    },
    durationMs: () => performance.now() - startedMs,
    close() {
      clearTimeout(timer);
      response.off("close", onClose);
    },
  };
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : undefined;
}
