import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { type AnyRequest, type ServedCall, servedCall } from "../call-context.ts";
import { type CodeName, codeName } from "../codes.ts";
import { errorDetails } from "../details.ts";
import { type StreamEnd, tapMessages } from "../messages.ts";

/** One served call, for the log. */
export interface CallRecord {
  /** `polywire.orders.v1.OrderService/GetOrder`. */
  method: string;
  code: CodeName | "OK";
  /** The stable reason of the error. */
  reason?: string;
  durationMs: number;
  requestId: string;
  /** What was left of the deadline at the end; below zero when it had passed. Absent without a deadline. */
  deadlineLeftMs?: number;
  /** Who called. */
  subject?: string;
  /** What really happened behind an error; never goes to the client. */
  cause?: unknown;
}

/** Takes the record of each served call, when it is done. */
export type CallLog = (record: CallRecord) => void;

/**
 * Writes one record for each call, when its last message has gone or its error is known.
 * Sits outside `recovery`, so that it sees what that made of a throw.
 */
export function accessLog({ log }: { log: CallLog }): Interceptor {
  return (next) => async (request) => {
    const startedMs = performance.now();
    const write = (error: unknown) => log(record(request, performance.now() - startedMs, error));
    try {
      const response = await next(request);
      if (!response.stream) {
        write(undefined);
        return response;
      }
      const onEnd = (end: StreamEnd) => write(endError(end, servedCall(request)));
      return { ...response, message: tapMessages(response.message, { onEnd }) };
    } catch (error) {
      write(error);
      throw error;
    }
  };
}

function endError(end: StreamEnd, call: ServedCall): unknown {
  switch (end.kind) {
    case "done":
      return undefined;
    case "failed":
      return end.error;
    case "left":
      return call.signal.reason ?? new ConnectError("the reader left", Code.Canceled);
  }
}

function record(request: AnyRequest, durationMs: number, error: unknown): CallRecord {
  const call = servedCall(request);
  const entry: CallRecord = {
    method: `${request.service.typeName}/${request.method.name}`,
    code: "OK",
    durationMs,
    requestId: call.requestId,
  };
  if (call.deadlineMs !== undefined) entry.deadlineLeftMs = call.deadlineMs - Date.now();
  if (call.principal) entry.subject = call.principal.subject;
  if (error !== undefined) addError(entry, ConnectError.from(error));
  return entry;
}

function addError(entry: CallRecord, error: ConnectError): void {
  entry.code = codeName(error.code);
  const { reason } = errorDetails(error);
  if (reason !== undefined) entry.reason = reason;
  if (error.cause !== undefined) entry.cause = error.cause;
}
