import { once, setMaxListeners } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo, Server, Socket } from "node:net";
import { rpcError } from "@polywire/rpc";
import { connectHandler } from "./handler.ts";
import {
  type ConnectServersOptions,
  type ResolvedConnectServersOptions,
  resolveConnectServersOptions,
} from "./options.ts";

/** Errors that Node's parsers of both versions end a connection with. */
const PROTOCOL_ERROR = /^(HPE_|ERR_HTTP)/;

// How long the last answers may take on their way out before connections are cut.
const LAST_WORDS_MS = 250;

/** Connect, gRPC-Web and gRPC on two ports: Node has no server that speaks both versions of HTTP without TLS. */
export interface ConnectServers {
  readonly port: number;
  readonly h2Port: number;
  /**
   * Takes no new connections and lets calls end. Those that have not after `graceMs` get UNAVAILABLE with the reason
   * DRAINING; what does not heed its signal is cut off.
   */
  drain(graceMs: number): Promise<void>;
}

/** Starts both servers. @throws RangeError for a bad option, and when a port is taken */
export async function startConnectServers(options: ConnectServersOptions): Promise<ConnectServers> {
  const resolved = resolveConnectServersOptions(options);
  const { host, port, h2Port, maxConnectionMiB, maxConcurrentCalls } = resolved;
  const shutdown = new AbortController();
  // Every call that runs listens to it; Node 20 warns of more than ten.
  setMaxListeners(0, shutdown.signal);
  const handler = connectHandler(resolved, shutdown.signal);
  const http = createHttpServer({ maxHeaderSize: 16_384, requestTimeout: 0 }, handler);
  const settings = { maxConcurrentStreams: maxConcurrentCalls };
  const http2 = createHttp2Server({ maxSessionMemory: maxConnectionMiB, settings }, handler);
  const sessions = new Set<ServerHttp2Session>();
  http2.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  // A session is gone before its socket, which stays until the other side hangs up.
  const sockets = new Set<Socket>();
  for (const server of [http, http2]) {
    limitConnections(server, resolved);
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
  }
  let drained: Promise<void> | undefined;
  http.listen(port, host);
  await once(http, "listening");
  try {
    http2.listen(h2Port, host);
    await once(http2, "listening");
  } catch (error) {
    http.close();
    throw error;
  }

  return {
    port: (http.address() as AddressInfo).port,
    h2Port: (http2.address() as AddressInfo).port,
    drain(graceMs) {
      drained ??= stop(graceMs);
      return drained;
    },
  };

  async function stop(graceMs: number): Promise<void> {
    const ended = Promise.all([once(http, "close"), once(http2, "close")]);
    http.close();
    http2.close();
    for (const session of sessions) session.close();
    // A connection that was kept alive goes idle when its call has ended.
    const closeIdle = setInterval(() => http.closeIdleConnections(), 50);
    const refuse = setTimeout(
      () => shutdown.abort(rpcError("DRAINING", "this server is shutting down; call again")),
      graceMs,
    );
    const cutOff = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, graceMs + LAST_WORDS_MS);
    await ended;
    clearInterval(closeIdle);
    clearTimeout(refuse);
    clearTimeout(cutOff);
  }
}

function limitConnections(
  server: Server,
  {
    maxConnections,
    onRefusedConnection,
  }: Pick<ResolvedConnectServersOptions, "maxConnections" | "onRefusedConnection">,
): void {
  server.maxConnections = maxConnections;
  server.on("drop", () => onRefusedConnection("limit"));
  server.on("connection", (socket) => {
    socket.once("error", ({ code }: NodeJS.ErrnoException) => {
      if (PROTOCOL_ERROR.test(code ?? "")) onRefusedConnection("protocol");
    });
  });
}
