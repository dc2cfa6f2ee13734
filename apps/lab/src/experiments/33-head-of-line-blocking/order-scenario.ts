import { createCountingProxy } from "@polywire/wire/proxy";
import { http1Client, http2Client } from "./clients.ts";
import { startHeldServer } from "./held-server.ts";

/** A slow call and fast ones behind it, on one connection. */
export interface OrderSeen {
  readonly http: 1 | 2;
  readonly connections: number;
  readonly fast: number;
  /** Fast calls that the server had answered before the slow one. */
  readonly servedBefore: number;
  /** Fast calls whose reply the client had before that of the slow one. */
  readonly repliedBefore: number;
  /** Whether the replies came in the order of the calls. */
  readonly inOrder: boolean;
}

/** The same calls over one connection of each version of HTTP. */
export interface Orders {
  readonly http1: OrderSeen;
  readonly http2: OrderSeen;
}

/** Watches both. */
export async function watchOrders(fast: number): Promise<Orders> {
  return { http1: await watchOrder(1, fast), http2: await watchOrder(2, fast) };
}

const SLOW = "/slow";

/**
 * Sends a slow call and then fast ones over one connection. The slow one is answered when every fast one has been: no
 * clock is involved.
 */
async function watchOrder(http: 1 | 2, fast: number): Promise<OrderSeen> {
  const served: string[] = [];
  const slow = Promise.withResolvers<void>();
  await using server = await startHeldServer(http, async ({ path }) => {
    if (path === SLOW) await slow.promise;
    served.push(path);
    if (served.length === fast) setImmediate(slow.resolve);
    return path;
  });
  await using proxy = await createCountingProxy({ upstream: server });
  await using client =
    http === 1 ? http1Client(proxy.address, { connections: 1, pipelining: fast + 1 }) : http2Client(proxy.address);
  const replied: string[] = [];
  const paths = [SLOW, ...Array.from({ length: fast }, (_, index) => `/fast/${index}`)];
  await Promise.all(paths.map(async (path) => replied.push(await client.get(path))));
  const before = (order: readonly string[]): number => order.indexOf(SLOW);
  return {
    http,
    connections: proxy.connections,
    fast,
    servedBefore: before(served),
    repliedBefore: before(replied),
    inOrder: replied.join() === paths.join(),
  };
}
