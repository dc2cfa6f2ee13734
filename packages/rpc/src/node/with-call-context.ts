import { type ContextValues, createContextValues, type Transport } from "@connectrpc/connect";
import { type CallContext, deadlineKey } from "../call-context.ts";
import { rpcError } from "../errors.ts";
import { REQUEST_ID_HEADER } from "../interceptors/request-id.ts";
import { currentCall } from "./current-call.ts";

/** Options of {@link withCallContext}. */
export interface WithCallContextOptions {
  /** How much of the remaining time is kept for the way back, in milliseconds. Default: 10. */
  marginMs?: number;
  /** The token for calls made while no call is being served (background work). Default: none. */
  defaultToken?: () => string;
  /** Epoch milliseconds. Default: Date.now. */
  clock?: () => number;
}

/**
 * Makes every outgoing call part of the call being served: it gets what remains of the deadline minus a margin (or its
 * own timeout, if that is shorter), is cancelled with it, and carries its request id, W3C trace context and token.
 * A call without time left is refused here (DEADLINE_PASSED). A stream gets it as a whole: there is no deadline for each
 * message. Leaves the deadline under `deadlineKey`, for `retry`.
 */
export function withCallContext(transport: Transport, options: WithCallContextOptions = {}): Transport {
  const { marginMs = 10, defaultToken, clock = Date.now } = options;
  const outgoing = (own: OwnOptions): OwnOptions => {
    const call = currentCall();
    const header = new Headers(own.header);
    if (!call) {
      if (defaultToken && !header.has("authorization")) header.set("authorization", `Bearer ${defaultToken()}`);
      return { ...own, header };
    }
    addHeaders(header, call);
    return {
      header,
      timeoutMs: remainingMs(call, own.timeoutMs, () => clock() + marginMs),
      signal: own.signal ? AbortSignal.any([own.signal, call.signal]) : call.signal,
    };
  };
  const due = (timeoutMs: number | undefined, contextValues: ContextValues = createContextValues()) =>
    contextValues.set(deadlineKey, timeoutMs === undefined || timeoutMs <= 0 ? undefined : clock() + timeoutMs);
  return {
    // biome-ignore lint/complexity/useMaxParams: the shape of connect-es's Transport
    async unary(method, signal, timeoutMs, header, input, contextValues) {
      const call = outgoing({ signal, timeoutMs, header });
      const values = due(call.timeoutMs, contextValues);
      return transport.unary(method, call.signal, call.timeoutMs, call.header, input, values);
    },
    // biome-ignore lint/complexity/useMaxParams: the shape of connect-es's Transport
    async stream(method, signal, timeoutMs, header, input, contextValues) {
      const call = outgoing({ signal, timeoutMs, header });
      const values = due(call.timeoutMs, contextValues);
      return transport.stream(method, call.signal, call.timeoutMs, call.header, input, values);
    },
  };
}

interface OwnOptions {
  signal: AbortSignal | undefined;
  timeoutMs: number | undefined;
  header: ConstructorParameters<typeof Headers>[0];
}

function addHeaders(header: Headers, call: CallContext): void {
  header.set(REQUEST_ID_HEADER, call.requestId);
  if (call.traceparent !== undefined && !header.has("traceparent")) header.set("traceparent", call.traceparent);
  if (call.token !== undefined && !header.has("authorization")) header.set("authorization", `Bearer ${call.token}`);
}

function remainingMs(call: CallContext, ownMs: number | undefined, backAtMs: () => number): number | undefined {
  if (call.deadlineMs === undefined) return ownMs;
  const leftMs = call.deadlineMs - backAtMs();
  if (leftMs <= 0) throw rpcError("DEADLINE_PASSED", "no time is left for a call to another service");
  return ownMs === undefined ? leftMs : Math.min(ownMs, leftMs);
}
