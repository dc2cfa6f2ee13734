import type { Interceptor } from "@connectrpc/connect";
import type { ServiceRegistration } from "@polywire/rpc";

const DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** Options of {@link createGrpcServer}. */
export interface GrpcServerOptions {
  /** What to serve. */
  services: readonly ServiceRegistration[];
  /** Outermost first. Default: none. */
  interceptors?: readonly Interceptor[];
  /** Largest message read or sent, in bytes; a larger one is RESOURCE_EXHAUSTED. Default: 4 MiB, as gRPC has it. */
  maxMessageBytes?: number;
  /** Calls at the same time on one connection; a client queues what is beyond. Default: 1,000. */
  maxConcurrentCalls?: number;
}

/** {@link GrpcServerOptions} with every default filled in. */
export type ResolvedGrpcServerOptions = Required<GrpcServerOptions>;

/** Fills in the defaults. Throws RangeError for a bound that is not a positive whole number. */
export function resolveGrpcServerOptions(options: GrpcServerOptions): ResolvedGrpcServerOptions {
  const {
    services,
    interceptors = [],
    maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES,
    maxConcurrentCalls = 1000,
  } = options;
  assertPositive("maxMessageBytes", maxMessageBytes);
  assertPositive("maxConcurrentCalls", maxConcurrentCalls);
  return { services, interceptors, maxMessageBytes, maxConcurrentCalls };
}

/** Options of {@link createGrpcTransport}. */
export interface GrpcTransportOptions {
  /** `host:port`, or any target that grpc-js resolves (`dns:///name:port`). */
  address: string;
  /** Outermost first. Default: none. */
  interceptors?: readonly Interceptor[];
  /** Largest message sent or read, in bytes; a larger one is RESOURCE_EXHAUSTED. Default: 4 MiB, as gRPC has it. */
  maxMessageBytes?: number;
}

/** {@link GrpcTransportOptions} with every default filled in. */
export type ResolvedGrpcTransportOptions = Required<GrpcTransportOptions>;

/** Fills in the defaults. Throws RangeError for a bound that is not a positive whole number. */
export function resolveGrpcTransportOptions(options: GrpcTransportOptions): ResolvedGrpcTransportOptions {
  const { address, interceptors = [], maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES } = options;
  if (address === "") throw new RangeError("address is empty, expected host:port");
  assertPositive("maxMessageBytes", maxMessageBytes);
  return { address, interceptors, maxMessageBytes };
}

function assertPositive(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new RangeError(`${name} is ${value}, expected a whole number above 0`);
}
