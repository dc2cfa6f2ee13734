import { Server, ServerCredentials, type ServerOptions, type ServiceDefinition } from "@grpc/grpc-js";
import { rpcError, type ServiceRegistration } from "@polywire/rpc";
import { ActiveCalls } from "./active-calls.ts";
import { asIs, methodPath } from "./codec.ts";
import { engineCorrections } from "./engine-errors.ts";
import { grpcHandler } from "./handlers.ts";
import { createListener } from "./listener.ts";
import { type GrpcServerOptions, type ResolvedGrpcServerOptions, resolveGrpcServerOptions } from "./options.ts";
import { servedMethods } from "./served-method.ts";
import type { ServerCall } from "./server-call.ts";

/** Serves connect-es implementations by grpc-js. */
export interface GrpcServer extends AsyncDisposable {
  /** Starts listening, Port 0 takes a free one. Rejects when the address cannot be had. */
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
  const active = new ActiveCalls<ServerCall>();
  const server = new Server({
    "grpc.max_receive_message_length": resolved.maxReceiveBytes,
    "grpc.max_send_message_length": resolved.maxSendBytes,
    "grpc.max_concurrent_streams": resolved.maxConcurrentCalls,
    "grpc-node.max_session_memory": resolved.maxConnectionMiB,
    ...bound("grpc.max_connection_age_ms", resolved.maxConnectionAgeMs),
    ...bound("grpc.max_connection_age_grace_ms", resolved.maxConnectionAgeGraceMs),
    // Nothing here reads channelz, and it costs every call.
    "grpc.enable_channelz": 0,
    interceptors: [engineCorrections(resolved)],
  });
  for (const registration of resolved.services) addService(server, registration, { resolved, active });

  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listener = createListener((socket) => injector.injectConnection(socket), resolved);

  const close = async (): Promise<void> => {
    const stopped = listener.stop();
    listener.cut();
    server.forceShutdown();
    await stopped;
  };
  return {
    listen: (address) => listener.listen(address),
    async drain(graceMs) {
      const stopped = listener.stop();
      injector.destroy();
      const timers = [
        setTimeout(() => refuseAll(active), graceMs),
        setTimeout(() => listener.cut(), graceMs + LAST_WORDS_MS),
      ];
      await stopped;
      for (const timer of timers) clearTimeout(timer);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** An option that grpc-js takes for unlimited when it is absent. */
function bound(name: string, valueMs: number): ServerOptions {
  return valueMs === Number.POSITIVE_INFINITY ? {} : { [name]: valueMs };
}

function addService(
  server: Server,
  registration: ServiceRegistration,
  { resolved, active }: { resolved: ResolvedGrpcServerOptions; active: ActiveCalls<ServerCall> },
): void {
  const definition: Record<string, ServiceDefinition[string]> = {};
  const handlers: Record<string, ReturnType<typeof grpcHandler>> = {};
  for (const served of servedMethods(registration, resolved)) {
    const { methodKind, name } = served.method;
    definition[name] = {
      path: methodPath(served.method),
      requestStream: methodKind === "client_streaming" || methodKind === "bidi_streaming",
      responseStream: methodKind === "server_streaming" || methodKind === "bidi_streaming",
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    };
    handlers[name] = grpcHandler(served, active);
  }
  server.addService(definition, handlers);
}

function refuseAll(active: ActiveCalls<ServerCall>): void {
  for (const call of active.list()) call.fail(rpcError("DRAINING", "this server is shutting down; call again"));
}
