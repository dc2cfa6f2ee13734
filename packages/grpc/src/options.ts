import type { Interceptor } from "@connectrpc/connect";
import type { ServiceRegistration } from "@polywire/rpc";
import type { TlsPem, TlsSource } from "./tls/source.ts";

const DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
const MAX_TIMER_MS = 22 * 86_400_000;
const COMPRESSIONS: readonly GrpcCompression[] = ["identity", "deflate", "gzip"];
const LOAD_BALANCING: readonly LoadBalancing[] = ["pick_first", "round_robin"];

/** Options of {@link createGrpcServer}. */
export interface GrpcServerOptions {
  /** What to serve. */
  services: readonly ServiceRegistration[];
  /** Outermost first. Default: none. */
  interceptors?: readonly Interceptor[];
  /** Largest message read, in bytes; a larger one is RESOURCE_EXHAUSTED. Default: 4 MiB, as gRPC has it. */
  maxReceiveBytes?: number;
  /** Largest message sent, in bytes; a larger one is RESOURCE_EXHAUSTED. Default: 4 MiB, what clients read by default. */
  maxSendBytes?: number;
  /**
   * Whether the errors that this engine itself ends calls with (limits, deadline, compression, methods that are not
   * there) name their reason in a google.rpc.ErrorInfo, as they do on the other wires. Default: true.
   */
  errorReasons?: boolean;
  /** Calls at the same time on one connection; a client queues what is beyond. Default: 1,000. */
  maxConcurrentCalls?: number;
  /**
   * Connections at the same time; further ones are closed at once. Default: 2,000, which many clients behind a front door
   * never need, and which no single one without it should have.
   */
  maxConnections?: number;
  /**
   * Memory of one connection (header tables, answers that its client has not read yet), in MiB; while there is more, further
   * calls of it are refused with ENHANCE_YOUR_CALM. Default: 64, that is 64 KiB for each of 1,000 calls; grpc-js has no
   * limit.
   */
  maxConnectionMiB?: number;
  /**
   * How long the request of a call with a single message may take to arrive, in milliseconds; afterwards the call ends with
   * DEADLINE_EXCEEDED. Requests that stream may take as long as they like. Default: 60,000, as Node has it for the head of a
   * request.
   */
  requestTimeoutMs?: number;
  /** Keys and certificates. Default: no TLS, as behind a proxy that ends it. */
  tls?: ServerTls | undefined;
  /** Hears of each connection that was refused or cut because of what its client did. Default: nobody. */
  onRefusedConnection?: (why: RefusedConnection) => void;
  /**
   * How old a connection gets, in milliseconds, give or take a tenth: then its client is told to make a new one (GOAWAY),
   * and the calls that run on it go on. That is when clients ask the DNS again and new instances get their share.
   * Default: 300,000; Infinity is no limit.
   */
  maxConnectionAgeMs?: number;
  /**
   * How long calls may go on after that, in milliseconds; then they are cut. Default: Infinity, because deadlines bound
   * calls, and streams that are to be cut are their readers' business.
   */
  maxConnectionAgeGraceMs?: number;
}

/** TLS of a server. */
export interface ServerTls {
  /** What it shows: a certificate and its key; and which authorities it trusts, for certificates of clients. */
  identity: TlsPem | TlsSource;
  /**
   * Whether clients must show a certificate of one of these authorities (mTLS); others cannot connect. Default: false,
   * because tokens say who calls.
   */
  requireClientCertificate?: boolean;
}

/** Why a connection was refused or cut: more of them than `maxConnections`, or bytes that no honest client sends. */
export type RefusedConnection = "limit" | "protocol";

/** {@link GrpcServerOptions} with every default filled in. */
export type ResolvedGrpcServerOptions = Required<Omit<GrpcServerOptions, "tls">> & Pick<GrpcServerOptions, "tls">;

/** Fills in the defaults. Throws RangeError for a bound that is not a positive whole number. */
export function resolveGrpcServerOptions(options: GrpcServerOptions): ResolvedGrpcServerOptions {
  const {
    services,
    interceptors = [],
    maxReceiveBytes = DEFAULT_MAX_MESSAGE_BYTES,
    maxSendBytes = DEFAULT_MAX_MESSAGE_BYTES,
    errorReasons = true,
    maxConcurrentCalls = 1000,
    maxConnections = 2000,
    maxConnectionMiB = 64,
    requestTimeoutMs = 60_000,
    maxConnectionAgeMs = 300_000,
    maxConnectionAgeGraceMs = Number.POSITIVE_INFINITY,
    onRefusedConnection = () => undefined,
  } = options;
  const bounds = {
    maxReceiveBytes,
    maxSendBytes,
    maxConcurrentCalls,
    maxConnections,
    maxConnectionMiB,
    requestTimeoutMs,
  };
  for (const [name, value] of Object.entries(bounds)) assertPositive(name, value);
  const ages = { maxConnectionAgeMs, maxConnectionAgeGraceMs };
  for (const [name, value] of Object.entries(ages)) assertTimer(name, value);
  return {
    services,
    interceptors,
    errorReasons,
    onRefusedConnection,
    ...bounds,
    ...ages,
    tls: options.tls,
  };
}

/** Options of {@link createGrpcTransport}. */
export interface GrpcTransportOptions {
  /** `host:port`, or any target that grpc-js resolves (`dns:///name:port`). */
  address: string;
  /** Outermost first. Default: none. */
  interceptors?: readonly Interceptor[];
  /** Largest message read, in bytes; a larger one is RESOURCE_EXHAUSTED. Default: 4 MiB, as gRPC has it. */
  maxReceiveBytes?: number;
  /** Largest message sent, in bytes; a larger one is RESOURCE_EXHAUSTED. Default: 4 MiB, what servers read by default. */
  maxSendBytes?: number;
  /** Keys and certificates: whom to trust, and what to show to servers that ask for it. Default: no TLS. */
  tls?: TlsPem | TlsSource | undefined;
  /**
   * How requests are compressed. Compressed responses are read whatever it is. Default: identity, because what most
   * calls carry is too small to gain from it.
   */
  compression?: GrpcCompression;
  /**
   * What becomes of several addresses behind one name: `round_robin` connects to all of them and gives each call to the
   * next one, `pick_first` sends every call to the first that answers. Default: round_robin, because calls of one
   * long-lived connection never reach the other instances; for a single address the two are the same.
   */
  loadBalancing?: LoadBalancing;
  /**
   * How long an answer of the DNS is taken for true at least, in milliseconds. It is asked again when a connection ends.
   * Default: 30,000, as grpc-js has it.
   */
  minResolutionIntervalMs?: number;
  /**
   * How a dead connection is found (a machine without power, a firewall that forgot), in milliseconds: when a call passed
   * its deadline, or was cancelled after this long, and has heard nothing of the other side, the next calls get new
   * connections, once in this time at most. Default: 10,000; shorter replaces connections to servers that are only slow.
   */
  maxSilenceMs?: number;
}

/** How the calls of a transport are spread over the addresses of its name. */
export type LoadBalancing = "pick_first" | "round_robin";

/** What grpc-js can compress requests with. */
export type GrpcCompression = "identity" | "deflate" | "gzip";

/** {@link GrpcTransportOptions} with every default filled in. */
export type ResolvedGrpcTransportOptions = Required<Omit<GrpcTransportOptions, "tls">> &
  Pick<GrpcTransportOptions, "tls">;

/** Fills in the defaults. Throws RangeError for a bound that is not a positive whole number. */
export function resolveGrpcTransportOptions(options: GrpcTransportOptions): ResolvedGrpcTransportOptions {
  const {
    address,
    interceptors = [],
    maxReceiveBytes = DEFAULT_MAX_MESSAGE_BYTES,
    maxSendBytes = DEFAULT_MAX_MESSAGE_BYTES,
    compression = "identity",
    loadBalancing = "round_robin",
    minResolutionIntervalMs = 30_000,
    maxSilenceMs = 10_000,
  } = options;
  if (address === "") throw new RangeError("address is empty, expected host:port");
  assertPositive("maxReceiveBytes", maxReceiveBytes);
  assertPositive("maxSendBytes", maxSendBytes);
  assertPositive("minResolutionIntervalMs", minResolutionIntervalMs);
  assertPositive("maxSilenceMs", maxSilenceMs);
  assertOneOf("compression", compression, COMPRESSIONS);
  assertOneOf("loadBalancing", loadBalancing, LOAD_BALANCING);
  return {
    address,
    interceptors,
    maxReceiveBytes,
    maxSendBytes,
    compression,
    loadBalancing,
    minResolutionIntervalMs,
    maxSilenceMs,
    tls: options.tls,
  };
}

/** Timers beyond 24 days fire at once; with the tenth that is added to an age, 22 are safe. */
function assertTimer(name: string, valueMs: number): void {
  if (valueMs === Number.POSITIVE_INFINITY || (valueMs > 0 && valueMs <= MAX_TIMER_MS)) return;
  throw new RangeError(`${name} is ${valueMs}, expected 1 to ${MAX_TIMER_MS}, or Infinity`);
}

function assertOneOf(name: string, value: string, known: readonly string[]): void {
  if (!known.includes(value)) throw new RangeError(`${name} is ${value}, expected ${known.join(", ")}`);
}

function assertPositive(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new RangeError(`${name} is ${value}, expected a whole number above 0`);
}
