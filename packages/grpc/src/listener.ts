import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { ResolvedGrpcServerOptions, ServerTls } from "./options.ts";
import { toTlsSource } from "./tls/source.ts";

/** A listening socket and the connections that came by it. */
export interface Listener {
  /** Rejects when the address cannot be had, naming it. */
  listen(address: { host: string; port: number }): Promise<{ port: number }>;
  /** Takes no more connections. Resolves when every connection is closed. */
  stop(): Promise<void>;
  /** Cuts every connection. */
  cut(): void;
}

// Node's own two minutes are long for a connection that counts and does nothing.
const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Listens for grpc-js, which has no public way to its sockets: a connection whose other side does not hang up would
 * keep it from ever closing.
 */
export function createListener(
  onConnection: (socket: Socket) => void,
  options: Pick<ResolvedGrpcServerOptions, "maxConnections" | "onRefusedConnection" | "tls">,
): Listener {
  const { maxConnections, onRefusedConnection, tls } = options;
  const sockets = new Set<Socket>();
  const server = tls ? secureServer(tls) : createServer();
  // Those that are still shaking hands too.
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on(tls ? "secureConnection" : "connection", (socket: Socket) => {
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

function secureServer({ identity, requireClientCertificate = false }: ServerTls): Server {
  const source = toTlsSource(identity);
  if (!source.current.cert) throw new RangeError("tls: a server needs a certificate and its key");
  if (requireClientCertificate && !source.current.ca) {
    throw new RangeError("tls: requireClientCertificate needs the authorities (ca) that clients' certificates are of");
  }
  const server = createTlsServer({
    ...source.current,
    ALPNProtocols: ["h2"],
    requestCert: requireClientCertificate,
    rejectUnauthorized: requireClientCertificate,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  });
  // For new handshakes; sessions of the old one cannot be resumed.
  server.once(
    "close",
    source.onReplaced((pem) => server.setSecureContext(pem)),
  );
  return server;
}
