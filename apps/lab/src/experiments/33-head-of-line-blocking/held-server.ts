import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";

/** What the handler of a {@link HeldServer} is asked. */
export interface HeldRequest {
  readonly path: string;
  /** The connection that it came over, counted from 1. */
  readonly connection: number;
}

/** A server of HTTP/1.1 or HTTP/2 whose replies wait for its handler. */
export interface HeldServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

const HOST = "127.0.0.1";

/** Starts it on a free port. What the handler resolves with is the reply's body. */
export async function startHeldServer(
  version: 1 | 2,
  handle: (request: HeldRequest) => Promise<string | Buffer>,
): Promise<HeldServer> {
  const connections = new Map<object, number>();
  const numberOf = (connection: object): number => {
    const number = connections.get(connection) ?? connections.size + 1;
    connections.set(connection, number);
    return number;
  };
  const answer = (request: HeldRequest, end: (body: string | Buffer) => void): void => {
    // A handler that fails is a defect of the experiment, and nothing would be measured.
    void handle(request).then(end);
  };
  const server =
    version === 1
      ? createServer(({ url: path = "", socket }, response) =>
          answer({ path, connection: numberOf(socket) }, (body) => void response.end(body)),
        )
      : createHttp2Server(({ url: path, stream }, response) =>
          answer({ path, connection: numberOf(stream.session ?? server) }, (body) => void response.end(body)),
        );
  const sockets = new Set<{ destroy(): unknown }>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await once(server.listen(0, HOST), "listening");
  return {
    host: HOST,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}
