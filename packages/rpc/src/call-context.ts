import type { Message } from "@bufbuild/protobuf";
import { createContextKey, type StreamRequest, type UnaryRequest } from "@connectrpc/connect";
import type { Principal } from "./principal.ts";
import { parseTimeout } from "./timeout.ts";

/** What is known about the call being served. */
export interface CallContext {
  /** When the caller stops waiting, epoch milliseconds; a stream ends then as a whole, however lively. Undefined: never. */
  readonly deadlineMs: number | undefined;
  /** Aborted when the deadline passes, the caller leaves, or the call is done. */
  readonly signal: AbortSignal;
  /** Who calls. Undefined before authentication and on public services. */
  readonly principal: Principal | undefined;
  /** The caller's bearer token, to act on the caller's behalf on the next hop. */
  readonly token: string | undefined;
  /** Names the call in every log on its way. */
  readonly requestId: string;
  /** W3C trace context of the caller, or of the span made for the call. */
  readonly traceparent: string | undefined;
}

/** The call in the making: interceptors fill in what they find out. */
export interface ServedCall extends CallContext {
  deadlineMs: number | undefined;
  signal: AbortSignal;
  principal: Principal | undefined;
  token: string | undefined;
  traceparent: string | undefined;
}

/** A request as interceptors see it. */
export type AnyRequest = UnaryRequest | StreamRequest;

/**
 * Where an engine that has parsed the deadline itself leaves it (epoch milliseconds).
 * Without it the deadline is read from `grpc-timeout` or `connect-timeout-ms`.
 */
export const deadlineKey = createContextKey<number | undefined>(undefined, { description: "deadline, epoch ms" });

/**
 * Where an engine that sends its response headers with errors too leaves them, so that an interceptor can set one
 * without waiting for the response.
 */
export const responseHeaderKey = createContextKey<Headers | undefined>(undefined, { description: "response headers" });

/** The bytes of a call so far: encoded messages, without their framing, compression and headers. */
export interface CallBytes {
  /** Of request messages. */
  readonly received: number;
  /** Of response messages. */
  readonly sent: number;
  /**
   * Encodes a unary call's response at once rather than after all interceptors, so that `sent` has it: as it is now is
   * how it is sent. Throws for one that cannot be encoded.
   */
  encodeNow(response: Message): void;
}

/** Where an engine that can tell leaves the bytes of a call. */
export const callBytesKey = createContextKey<CallBytes | undefined>(undefined, { description: "bytes of the call" });

const servedCallKey = createContextKey<ServedCall | undefined>(undefined, { description: "the call being served" });

const REQUEST_ID = /^[\w.:/+=-]{1,128}$/;
// https://www.w3.org/TR/trace-context/#traceparent-header
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The caller's request id if it is a sane one (128 characters at most, no spaces), else a new one. */
export function acceptRequestId(value: string | null | undefined): string {
  return value && REQUEST_ID.test(value) ? value : crypto.randomUUID();
}

/** The caller's W3C trace context if it is well-formed. */
export function acceptTraceparent(value: string | null | undefined): string | undefined {
  return value && TRACEPARENT.test(value) ? value : undefined;
}

/** The context of the call that a request belongs to: made from its headers when first asked for, then the same one. */
export function servedCall(request: AnyRequest): ServedCall {
  const known = request.contextValues.get(servedCallKey);
  if (known) return known;
  const call = new RequestCall(request);
  request.contextValues.set(servedCallKey, call);
  return call;
}

class RequestCall implements ServedCall {
  deadlineMs: number | undefined;
  principal: Principal | undefined = undefined;
  token: string | undefined = undefined;
  readonly requestId: string;
  traceparent: string | undefined;
  readonly #request: AnyRequest;
  #signal: AbortSignal | undefined = undefined;

  constructor(request: AnyRequest) {
    const { header, contextValues } = request;
    this.#request = request;
    this.deadlineMs = contextValues.get(deadlineKey) ?? deadlineFromHeader(header);
    this.requestId = acceptRequestId(header.get("x-request-id"));
    this.traceparent = acceptTraceparent(header.get("traceparent"));
  }

  // Engines make the signal on first use; asking for it earlier costs every call that never needs it.
  get signal(): AbortSignal {
    return this.#signal ?? this.#request.signal;
  }

  set signal(signal: AbortSignal) {
    this.#signal = signal;
  }
}

function deadlineFromHeader(header: Headers): number | undefined {
  const timeoutMs = parseTimeout(header);
  return timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
}
