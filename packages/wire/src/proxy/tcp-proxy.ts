import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { createBusyPoll } from "./busy-poll.ts";
import type { Endpoint, ProxyEvent } from "./events.ts";
import { resolveTcpProxyOptions, type TcpProxyOptions } from "./options.ts";
import { joinSockets, type Relay, type RelayOptions } from "./relay.ts";
import { type ResolvedProxyTls, secureClient } from "./tls.ts";

/** A TCP proxy that passes on what it gets: bytes, back-pressure, half-close and resets. */
export interface TcpProxy extends AsyncDisposable {
  /** Where it listens. */
  readonly address: Endpoint;
  /** Connections that are open now. */
  readonly open: number;
  /**
   * Connections turned away so far: by `maxConnections`, because the process had no file descriptor left, or because no TLS
   * could be agreed on.
   */
  readonly refused: number;
  /**
   * Stops listening and breaks off every connection; resolves when no socket is left. Calling it again gives the same
   * promise. Rejects with what the observer threw, if it did: the traffic went on without it.
   */
  close(): Promise<void>;
}

/**
 * Starts a proxy.
 *
 * It adds no delay of its own (no Nagle on either side) and holds at most the two socket buffers of Node per direction,
 * about 128 KiB: a slow reader makes it stop reading from the other side. While a stream is dense it polls for it, 50 µs
 * behind the last bytes at most, where there is more than one CPU.
 * @throws RangeError for options out of range; Error for keys and certificates that can't be read; the error of `listen` when the address can't be had.
 */
export async function createTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const { upstream, host, port, maxConnections, connectTimeoutMs, observe, interpose, tls } =
    resolveTcpProxyOptions(options);
  const relays = new Set<Relay>();
  /** Connections on which TLS is being agreed on. */
  const handshakes = new Set<Socket>();
  let accepted = 0;
  let refused = 0;
  let closed: Promise<void> | undefined;
  let observerFailure: { error: unknown } | undefined;

  const stayAwake = createBusyPoll();
  const tell = (event: ProxyEvent) => {
    if (event.kind === "chunk") stayAwake(event.bytes.length);
    if (observerFailure !== undefined) return;
    try {
      observe(event);
    } catch (error) {
      observerFailure = { error };
    }
  };
  const join = (client: Socket, secure?: RelayOptions["secure"]) => {
    accepted += 1;
    const connection = accepted;
    const relay = joinSockets({
      client,
      ...(secure && { secure }),
      connection,
      upstream: () => upstream(connection),
      connectTimeoutMs,
      interpose,
      tell,
    });
    relays.add(relay);
    void relay.ended.then(() => relays.delete(relay));
  };
  const shakeHands = (raw: Socket, agreed: ResolvedProxyTls) => {
    handshakes.add(raw);
    const client = secureClient(raw, agreed);
    const timeout = setTimeout(() => raw.destroy(), connectTimeoutMs);
    const failed = () => {
      refuse();
      raw.destroy();
      over();
    };
    const over = () => {
      clearTimeout(timeout);
      handshakes.delete(raw);
      client.off("error", failed).off("close", failed).off("secure", joined);
    };
    const joined = () => {
      over();
      join(raw, { client: client.pause(), tls: agreed });
    };
    client.once("error", failed).once("close", failed).once("secure", joined);
  };
  const refuse = () => {
    refused += 1;
  };

  // The client is read only once there is an upstream to pass its bytes on to.
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: tls === undefined }, (client) => {
    if (tls === undefined) join(client);
    else shakeHands(client, tls);
  });
  server.maxConnections = maxConnections;
  await once(server.listen(port, host), "listening");
  server.on("drop", refuse);
  server.on("error", refuse);

  const stop = async () => {
    const stopped = once(server, "close");
    server.close();
    for (const raw of handshakes) raw.destroy();
    for (const relay of relays) relay.breakOff();
    await Promise.all(Array.from(relays, (relay) => relay.ended));
    await stopped;
    if (observerFailure !== undefined) throw observerFailure.error;
  };
  const close = () => {
    closed ??= stop();
    return closed;
  };
  return {
    address: { host, port: boundPort(server.address()) },
    get open() {
      return relays.size;
    },
    get refused() {
      return refused;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function boundPort(address: string | { port: number } | null): number {
  if (address === null || typeof address === "string") throw new Error("the proxy does not listen on TCP");
  return address.port;
}
