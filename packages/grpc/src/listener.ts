import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { ResolvedGrpcServerOptions } from "./options.ts";

/** A listening socket and the connections that came by it. */
export interface Listener {
  /** Rejects when the address cannot be had, naming it. */
  listen(address: { host: string; port: number }): Promise<{ port: number }>;
  /** Takes no more connections. Resolves when every connection is closed. */
  stop(): Promise<void>;
  /** Cuts every connection. */
  cut(): void;
}

/**
 * Listens for grpc-js, which has no public way to its sockets: a connection whose other side does not hang up would
 * keep it from ever closing.
 */
export function createListener(
  onConnection: (socket: Socket) => void,
  { maxConnections, onRefusedConnection }: Pick<ResolvedGrpcServerOptions, "maxConnections" | "onRefusedConnection">,
): Listener {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    // Node's HTTP/2 destroys the socket with what it found wrong.
    socket.once("error", ({ code }: NodeJS.ErrnoException) => {
      if (code?.startsWith("ERR_HTTP2")) onRefusedConnection("protocol");
    });
    onConnection(socket);
  });
  server.maxConnections = maxConnections;
  server.on("drop", () => onRefusedConnection("limit"));
  return {
    async listen({ host, port }) {
      try {
        server.listen({ host, port });
        await once(server, "listening");
      } catch (error) {
        const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
        throw new Error(`cannot listen on ${address}: ${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
      }
      return { port: (server.address() as AddressInfo).port };
    },
    stop: () => new Promise((resolve) => void server.close(() => resolve())),
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
