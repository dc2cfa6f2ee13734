import type { Interceptor } from "@connectrpc/connect";
import { type AnyRequest, type ServedCall, servedCall } from "../call-context.ts";
import { rpcError } from "../errors.ts";

/** Options of {@link deadline}. */
export interface DeadlineOptions {
  /**
   * The longest a unary call may take, in milliseconds, whatever the caller asks for or when it asks for nothing.
   * Streams may live as long as their caller wants. Default: no such bound.
   */
  maxMs?: number;
  /** Epoch milliseconds. Default: Date.now. */
  clock?: () => number;
}

/**
 * Refuses a call whose deadline has passed before any work is done for it (DEADLINE_PASSED), and bounds unary calls by
 * `maxMs`. The engine aborts the signal at the caller's own deadline. Outside authentication, so that it bounds
 * key fetches too.
 */
export function deadline(options: DeadlineOptions = {}): Interceptor {
  const { maxMs, clock = Date.now } = options;
  if (maxMs !== undefined && !(maxMs > 0)) throw new RangeError(`deadline: maxMs is ${maxMs}, expected more than 0`);
  return (next) => (request) => {
    const call = servedCall(request);
    const nowMs = clock();
    if (call.deadlineMs !== undefined && call.deadlineMs <= nowMs) return Promise.reject(deadlinePassed());
    if (maxMs === undefined || request.stream || leftMs(call, nowMs) <= maxMs) return next(request);
    call.deadlineMs = nowMs + maxMs;
    return bounded(request, maxMs, next);
  };
}

async function bounded(request: AnyRequest, timeoutMs: number, next: ReturnType<Interceptor>) {
  const controller = new AbortController();
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = deadlinePassed();
    controller.abort(error);
    reject(error);
  }, timeoutMs);
  const signal = AbortSignal.any([request.signal, controller.signal]);
  servedCall(request).signal = signal;
  try {
    return await Promise.race([next({ ...request, signal }), expired]);
  } finally {
    clearTimeout(timer);
  }
}

function leftMs(call: ServedCall, nowMs: number): number {
  return call.deadlineMs === undefined ? Number.POSITIVE_INFINITY : call.deadlineMs - nowMs;
}

function deadlinePassed() {
  return rpcError("DEADLINE_PASSED", "the deadline passed before the call was done");
}
