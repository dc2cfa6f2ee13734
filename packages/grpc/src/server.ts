import { Server, ServerCredentials, type ServiceDefinition } from "@grpc/grpc-js";
import { rpcError, type ServiceRegistration } from "@polywire/rpc";
import { asIs, lenientDecoder, methodPath } from "./codec.ts";
import { engineStatus, withReason } from "./engine-errors.ts";
import { grpcHandler } from "./handlers.ts";
import { type GrpcServerOptions, type ResolvedGrpcServerOptions, resolveGrpcServerOptions } from "./options.ts";
import { servedMethods } from "./served-method.ts";
import type { ServerCall } from "./server-call.ts";

/** Serves connect-es implementations by grpc-js. */
export interface GrpcServer extends AsyncDisposable {
  /** Starts listening, without TLS. Port 0 takes a free one. Rejects when the address cannot be had. */
  listen(address: { host: string; port: number }): Promise<{ port: number }>;
  /**
   * Takes no new calls and lets running ones finish. Those that have not after `graceMs` get UNAVAILABLE with the reason
   * DRAINING. Resolves when every connection is closed.
   */
  drain(graceMs: number): Promise<void>;
  /** Ends everything at once. */
  close(): Promise<void>;
}

// How long the last statuses may take on their way out before connections are cut.
const LAST_WORDS_MS = 250;

/** Creates a gRPC server for these services. Throws RangeError for bad options. */
export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const resolved = resolveGrpcServerOptions(options);
  const active = new Set<ServerCall>();
  const server = new Server({
    "grpc.max_receive_message_length": resolved.maxReceiveBytes,
    "grpc.max_send_message_length": resolved.maxSendBytes,
    "grpc.max_concurrent_streams": resolved.maxConcurrentCalls,
    // Nothing here reads channelz, and it costs every call.
    "grpc.enable_channelz": 0,
    interceptors: [engineStatus(resolved.errorReasons ? withReason : (status) => status)],
  });
  for (const registration of resolved.services) addService(server, registration, { resolved, active });

  const shutdown = (graceMs: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timers = [
      setTimeout(() => refuseAll(active), graceMs),
      setTimeout(() => server.forceShutdown(), graceMs + LAST_WORDS_MS),
    ];
    server.tryShutdown(() => {
      for (const timer of timers) clearTimeout(timer);
      resolve();
    });
    return promise;
  };
  const close = (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    server.tryShutdown(() => resolve());
    server.forceShutdown();
    return promise;
  };
  return {
    listen({ host, port }) {
      const { promise, resolve, reject } = Promise.withResolvers<{ port: number }>();
      const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
      server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
        if (error) reject(new Error(`cannot listen on ${address}: ${error.message}`, { cause: error }));
        else resolve({ port: bound });
      });
      return promise;
    },
    drain: shutdown,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function addService(
  server: Server,
  registration: ServiceRegistration,
  { resolved, active }: { resolved: ResolvedGrpcServerOptions; active: Set<ServerCall> },
): void {
  const definition: Record<string, ServiceDefinition[string]> = {};
  const handlers: Record<string, ReturnType<typeof grpcHandler>> = {};
  for (const served of servedMethods(registration, resolved)) {
    const { methodKind, input, name } = served.method;
    definition[name] = {
      path: methodPath(served.method),
      requestStream: methodKind === "client_streaming" || methodKind === "bidi_streaming",
      responseStream: methodKind === "server_streaming" || methodKind === "bidi_streaming",
      requestSerialize: asIs,
      requestDeserialize: lenientDecoder(input),
      responseSerialize: asIs,
      responseDeserialize: asIs,
    };
    handlers[name] = grpcHandler(served, active);
  }
  server.addService(definition, handlers);
}

function refuseAll(active: Set<ServerCall>): void {
  for (const call of [...active]) call.fail(rpcError("DRAINING", "this server is shutting down; call again"));
}
