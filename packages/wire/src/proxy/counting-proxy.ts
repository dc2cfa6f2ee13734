import type { Endpoint } from "./events.ts";
import type { TcpProxyOptions } from "./options.ts";
import { createTcpProxy } from "./tcp-proxy.ts";

/** What a counting proxy saw. */
export interface TrafficCounts {
  /** Connections accepted since the start or the last `reset`. */
  readonly connections: number;
  /** Connections open now; `reset` does not change it. */
  readonly open: number;
  /** Bytes from clients to the upstream since the start or the last `reset`. */
  readonly bytesUp: number;
  /** Bytes from the upstream to clients since the start or the last `reset`. */
  readonly bytesDown: number;
}

/** A TCP proxy that counts. The counts are of what TCP carried: everything above it, nothing of its own headers. */
export interface CountingProxy extends TrafficCounts, AsyncDisposable {
  /** Where it listens. */
  readonly address: Endpoint;
  /** The counts at this moment. When a reply has arrived at the client, its bytes and those of its request are in. */
  snapshot(): TrafficCounts;
  /** Starts counting anew, at once. */
  reset(): void;
  /** Stops listening and breaks off every connection; resolves when no socket is left. */
  close(): Promise<void>;
}

/** Starts a proxy like `createTcpProxy`, whose observer counts. */
export async function createCountingProxy(options: Omit<TcpProxyOptions, "observe">): Promise<CountingProxy> {
  let counts = { connections: 0, bytesUp: 0, bytesDown: 0 };
  const proxy = await createTcpProxy({
    ...options,
    observe(event) {
      if (event.kind === "open") counts.connections += 1;
      else if (event.kind === "chunk" && event.direction === "up") counts.bytesUp += event.bytes.length;
      else if (event.kind === "chunk") counts.bytesDown += event.bytes.length;
    },
  });
  return {
    address: proxy.address,
    get connections() {
      return counts.connections;
    },
    get open() {
      return proxy.open;
    },
    get bytesUp() {
      return counts.bytesUp;
    },
    get bytesDown() {
      return counts.bytesDown;
    },
    snapshot: () => ({ ...counts, open: proxy.open }),
    reset() {
      counts = { connections: 0, bytesUp: 0, bytesDown: 0 };
    },
    close: proxy.close,
    [Symbol.asyncDispose]: proxy.close,
  };
}
