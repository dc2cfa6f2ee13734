import type { Registry } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import type { ServiceRegistration } from "@polywire/rpc";

/** Why a connection was refused or cut: more of them than `maxConnections`, or bytes that no honest client sends. */
export type RefusedConnection = "limit" | "protocol";

/** Options of {@link startConnectServers}. */
export interface ConnectServersOptions {
  host: string;
  /** Port of HTTP/1.1. Default: 0, a free one. */
  port?: number;
  /** Port of HTTP/2 without TLS. Default: 0, a free one. */
  h2Port?: number;
  /** What to serve. */
  services: readonly ServiceRegistration[];
  /** Outermost first. Default: none. */
  interceptors?: readonly Interceptor[];
  /** Origins whose pages may call. Default: none. */
  allowedOrigins?: readonly string[];
  /** Largest message read, in bytes; a larger one is RESOURCE_EXHAUSTED. Default: 4 MiB, as gRPC has it. */
  maxReceiveBytes?: number;
  /** Largest message sent, in bytes; a larger one is RESOURCE_EXHAUSTED. Default: 4 MiB, what clients read by default. */
  maxSendBytes?: number;
  /** Whether the errors that this engine itself ends calls with have our reasons and texts. Default: true. */
  errorReasons?: boolean;
  /** Messages that a google.protobuf.Any may hold in JSON. Default: those of google.rpc's details that connect-es knows. */
  jsonRegistry?: Registry;
  /** Calls at the same time on one connection of HTTP/2; a client queues what is beyond. Default: 1,000. */
  maxConcurrentCalls?: number;
  /**
   * Connections at the same time, on each port; further ones are closed at once. Default: 2,000, which many clients behind
   * a front door never need, and which no single one without it should have.
   */
  maxConnections?: number;
  /**
   * Memory of one connection of HTTP/2 (header tables, answers that its client has not read yet), in MiB; while there is
   * more, further calls of it are refused with ENHANCE_YOUR_CALM. Default: 64, that is 64 KiB for each of 1,000 calls.
   */
  maxConnectionMiB?: number;
  /**
   * How long the request of a call with a single message may take to arrive, in milliseconds; afterwards the call is cut
   * off. Requests that stream may take as long as they like. Default: 60,000, as Node has it for the head of a request.
   */
  requestTimeoutMs?: number;
  /** Hears of each connection that was refused or cut because of what its client did. Default: nobody. */
  onRefusedConnection?: (why: RefusedConnection) => void;
}

/** {@link ConnectServersOptions} with every default filled in. */
export type ResolvedConnectServersOptions = Required<Omit<ConnectServersOptions, "jsonRegistry">> &
  Pick<ConnectServersOptions, "jsonRegistry">;

const DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** Fills in the defaults. @throws RangeError for a bound that is not a positive whole number */
export function resolveConnectServersOptions(options: ConnectServersOptions): ResolvedConnectServersOptions {
  return {
    ...options,
    port: options.port ?? 0,
    h2Port: options.h2Port ?? 0,
    interceptors: options.interceptors ?? [],
    allowedOrigins: options.allowedOrigins ?? [],
    maxReceiveBytes: positive("maxReceiveBytes", options.maxReceiveBytes ?? DEFAULT_MAX_MESSAGE_BYTES),
    maxSendBytes: positive("maxSendBytes", options.maxSendBytes ?? DEFAULT_MAX_MESSAGE_BYTES),
    errorReasons: options.errorReasons ?? true,
    maxConcurrentCalls: positive("maxConcurrentCalls", options.maxConcurrentCalls ?? 1000),
    maxConnections: positive("maxConnections", options.maxConnections ?? 2000),
    maxConnectionMiB: positive("maxConnectionMiB", options.maxConnectionMiB ?? 64),
    requestTimeoutMs: positive("requestTimeoutMs", options.requestTimeoutMs ?? 60_000),
    onRefusedConnection: options.onRefusedConnection ?? (() => undefined),
  };
}

function positive(name: string, value: number): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw new RangeError(`${name} is ${value}, expected a whole number above 0`);
}
