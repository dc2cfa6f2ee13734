import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, createContextValues, type Transport } from "@connectrpc/connect";
import { runStreamingCall, runUnaryCall } from "@connectrpc/connect/protocol";
import { callStream, callUnary } from "./client-calls.ts";
import { createClientChannel } from "./client-channel.ts";
import { methodPath } from "./codec.ts";
import { type GrpcTransportOptions, resolveGrpcTransportOptions } from "./options.ts";

/** A connect-es transport over grpc-js: give it to `createClient`. */
export interface GrpcTransport extends Transport, Disposable {
  /** Closes the connections. Calls made after it are UNAVAILABLE. */
  close(): void;
}

/**
 * Creates a transport to one server, or to all instances behind a name. It connects with the first call. Throws RangeError
 * for bad options.
 */
export function createGrpcTransport(options: GrpcTransportOptions): GrpcTransport {
  const resolved = resolveGrpcTransportOptions(options);
  const { address, interceptors, maxSilenceMs, tls } = resolved;
  const channel = createClientChannel(resolved);
  const host = address.replace(/^dns:(\/\/[^/]*\/)?/, "");
  const common = (method: DescMethod) => ({
    service: method.parent,
    requestMethod: "POST",
    url: `${tls ? "https" : "http"}://${host}${methodPath(method)}`,
  });
  let closed = false;
  const close = () => {
    closed = true;
    channel.close();
  };
  const assertOpen = () => {
    if (closed) throw new ConnectError("the transport is closed", Code.Unavailable);
  };
  return {
    // biome-ignore lint/complexity/useMaxParams: the shape of connect-es's Transport
    async unary(method, signal, timeoutMs, header, message, contextValues = createContextValues()) {
      assertOpen();
      const bounds = callBounds(signal, timeoutMs);
      const deadlineMs = deadlineIn(bounds);
      return runUnaryCall({
        ...bounds,
        interceptors: [...interceptors],
        req: { ...common(method), stream: false, method, header: new Headers(header), contextValues, message },
        next: (request) => callUnary(channel, request, { deadlineMs, maxSilenceMs }),
      });
    },
    // biome-ignore lint/complexity/useMaxParams: the shape of connect-es's Transport
    async stream(method, signal, timeoutMs, header, message, contextValues = createContextValues()) {
      assertOpen();
      const bounds = callBounds(signal, timeoutMs);
      const deadlineMs = deadlineIn(bounds);
      return runStreamingCall({
        ...bounds,
        interceptors: [...interceptors],
        req: { ...common(method), stream: true, method, header: new Headers(header), contextValues, message },
        next: (request) => callStream(channel, request, { deadlineMs, maxSilenceMs }),
      });
    },
    close,
    [Symbol.dispose]: close,
  };
}

/** As connect-es has it, a timeout of 0 or less is none. */
function callBounds(signal: AbortSignal | undefined, timeoutMs: number | undefined) {
  return {
    ...(signal && { signal }),
    ...(timeoutMs !== undefined && timeoutMs > 0 && { timeoutMs }),
  };
}

/** Of the call, not of each attempt that an interceptor makes. */
function deadlineIn({ timeoutMs }: { timeoutMs?: number }): number | undefined {
  return timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
}
