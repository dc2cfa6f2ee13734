import type { Endpoint, Observe } from "./events.ts";
import type { Interpose } from "./interposer.ts";
import { type ProxyTlsOptions, type ResolvedProxyTls, resolveProxyTls } from "./tls.ts";

/** What `createTcpProxy` is told. */
export interface TcpProxyOptions {
  /** Where connections go, or a choice made for each by its number (from 1). A choice that throws resets the client. */
  readonly upstream: Endpoint | ((connection: number) => Endpoint);
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** Port to listen on. Default 0: a free one, see `address`. */
  readonly port?: number;
  /** Connections open at once; a further one is closed at once and counted in `refused`. Default 16 384. */
  readonly maxConnections?: number;
  /** How long a connection to the upstream may take, in ms. Default 5000. */
  readonly connectTimeoutMs?: number;
  /** Default: nobody looks. */
  readonly observe?: Observe;
  /** TLS on both sides. Default: none, bytes go on as they are. */
  readonly tls?: ProxyTlsOptions;
  /** Stands between the two sides of each connection, as faults do. Default: nothing does, at no cost. */
  readonly interpose?: Interpose;
}

/** Options with every default filled in. */
export interface ResolvedTcpProxyOptions extends Required<Omit<TcpProxyOptions, "interpose" | "tls" | "upstream">> {
  readonly tls: ResolvedProxyTls | undefined;
  readonly interpose: Interpose | undefined;
  upstream(connection: number): Endpoint;
}

/**
 * Checks the options and fills in the defaults.
 * @throws RangeError naming the option that is out of range; Error for keys and certificates that can't be read.
 */
export function resolveTcpProxyOptions(options: TcpProxyOptions): ResolvedTcpProxyOptions {
  const { upstream, host = "127.0.0.1", port = 0, maxConnections = 16_384, connectTimeoutMs = 5000 } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new RangeError(`port is within 0 and 65535, got ${port}`);
  if (!Number.isSafeInteger(maxConnections) || maxConnections < 1) {
    throw new RangeError(`maxConnections must be at least 1, got ${maxConnections}`);
  }
  if (!(connectTimeoutMs > 0)) throw new RangeError(`connectTimeoutMs must be above 0, got ${connectTimeoutMs}`);
  return {
    upstream: typeof upstream === "function" ? upstream : () => upstream,
    host,
    port,
    maxConnections,
    connectTimeoutMs,
    observe: options.observe ?? (() => undefined),
    tls: options.tls && resolveProxyTls(options.tls),
    interpose: options.interpose,
  };
}
