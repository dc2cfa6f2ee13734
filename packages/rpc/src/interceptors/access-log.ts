import type { Message } from "@bufbuild/protobuf";
import type { ConnectError, Interceptor } from "@connectrpc/connect";
import { type AnyRequest, callBytesKey, servedCall } from "../call-context.ts";
import type { CodeName } from "../codes.ts";
import { errorDetails } from "../details.ts";
import { publicError } from "../errors.ts";
import { endCode, methodName, watchCall } from "./watch-call.ts";

/** One served call, for the log. */
export interface CallRecord {
  /** `polywire.orders.v1.OrderService/GetOrder`. */
  method: string;
  code: CodeName | "OK";
  /** The stable reason of the error. */
  reason?: string;
  durationMs: number;
  requestId: string;
  /** Names the trace that the call belongs to, 32 hexadecimal digits. Absent without a trace. */
  traceId?: string;
  /** What was left of the deadline at the end; below zero when it had passed. Absent without a deadline. */
  deadlineLeftMs?: number;
  /** Who called. */
  subject?: string;
  /** See `CallBytes.received`. Absent where the engine cannot tell. */
  receivedBytes?: number;
  /** See `CallBytes.sent`. Absent where the engine cannot tell. */
  sentBytes?: number;
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
  return (next) => (request) => {
    const startedMs = performance.now();
    return watchCall(request, next, {
      onEnd: (error, response) => {
        if (response) encodeNow(request, response.message);
        log(record(request, performance.now() - startedMs, error));
      },
    });
  };
}

/** So that the record has its bytes. What cannot be encoded fails here, past `recovery`, and is made public here. */
function encodeNow(request: AnyRequest, message: Message): void {
  try {
    request.contextValues.get(callBytesKey)?.encodeNow(message);
  } catch (error) {
    throw publicError(error, servedCall(request).requestId);
  }
}

function record(request: AnyRequest, durationMs: number, error: ConnectError | undefined): CallRecord {
  const call = servedCall(request);
  const entry: CallRecord = {
    method: methodName(request),
    code: endCode(error),
    durationMs,
    requestId: call.requestId,
  };
  if (call.traceparent !== undefined) entry.traceId = traceIdOf(call.traceparent);
  if (call.deadlineMs !== undefined) entry.deadlineLeftMs = call.deadlineMs - Date.now();
  if (call.principal) entry.subject = call.principal.subject;
  const bytes = request.contextValues.get(callBytesKey);
  if (bytes) {
    entry.receivedBytes = bytes.received;
    entry.sentBytes = bytes.sent;
  }
  if (error !== undefined) addError(entry, error);
  return entry;
}

function addError(entry: CallRecord, error: ConnectError): void {
  const { reason } = errorDetails(error);
  if (reason !== undefined) entry.reason = reason;
  if (error.cause !== undefined) entry.cause = error.cause;
}

// https://www.w3.org/TR/trace-context/#traceparent-header-field-values
function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}
