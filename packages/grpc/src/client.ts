import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, createContextValues, type Transport } from "@connectrpc/connect";
import { runStreamingCall, runUnaryCall } from "@connectrpc/connect/protocol";
import { type ChannelOptions, Client, compressionAlgorithms, credentials } from "@grpc/grpc-js";
import { callStream, callUnary } from "./client-calls.ts";
import { methodPath } from "./codec.ts";
import {
  type GrpcTransportOptions,
  type ResolvedGrpcTransportOptions,
  resolveGrpcTransportOptions,
} from "./options.ts";

/** A connect-es transport over grpc-js: give it to `createClient`. */
export interface GrpcTransport extends Transport, Disposable {
  /** Closes the connections. Calls made after it are UNAVAILABLE. */
  close(): void;
}

/** Creates a transport to one address, without TLS. It connects with the first call. Throws RangeError for bad options. */
export function createGrpcTransport(options: GrpcTransportOptions): GrpcTransport {
  const resolved = resolveGrpcTransportOptions(options);
  const { address, interceptors } = resolved;
  const client = new Client(address, credentials.createInsecure(), channelOptions(resolved));
  const host = address.replace(/^dns:(\/\/[^/]*\/)?/, "");
  const common = (method: DescMethod) => ({
    service: method.parent,
    requestMethod: "POST",
    url: `http://${host}${methodPath(method)}`,
  });
  let closed = false;
  const close = () => {
    closed = true;
    client.close();
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
        next: (request) => callUnary(client, request, deadlineMs),
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
        next: (request) => callStream(client, request, deadlineMs),
      });
    },
    close,
    [Symbol.dispose]: close,
  };
}

function channelOptions(options: ResolvedGrpcTransportOptions): ChannelOptions {
  const { maxReceiveBytes, maxSendBytes, compression, loadBalancing, minResolutionIntervalMs } = options;
  return {
    "grpc.max_receive_message_length": maxReceiveBytes,
    "grpc.max_send_message_length": maxSendBytes,
    "grpc.default_compression_algorithm": compressionAlgorithms[compression],
    "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ [loadBalancing]: {} }] }),
    // A TXT record would have the last word over the line before.
    "grpc.service_config_disable_resolution": 1,
    "grpc.dns_min_time_between_resolutions_ms": minResolutionIntervalMs,
    // Nothing here reads channelz, and it costs every call.
    "grpc.enable_channelz": 0,
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
