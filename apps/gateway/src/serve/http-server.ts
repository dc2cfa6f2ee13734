import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { KEEP_ALIVE_MS } from "@polywire/service";

/** An HTTP server that can stop in good order. */
export interface HttpServer {
  readonly port: number;
  /** Takes no new connections, lets the requests in flight end for so long, then closes every connection. */
  drain(graceMs: number): Promise<void>;
}

/** Serves HTTP/1.1 with every wait and size bounded. */
export async function listenHttp(at: { host: string; port: number }, listener: RequestListener): Promise<HttpServer> {
  const inFlight = new Set<ServerResponse>();
  let draining = false;
  let idle = () => {};

  const server = createServer(LIMITS, (request, response) => {
    inFlight.add(response);
    response.once("close", () => {
      inFlight.delete(response);
      if (inFlight.size === 0) idle();
    });
    // A client that keeps its connection moves to another instance.
    if (draining) response.setHeader("connection", "close");
    listener(request, response);
  });
  server.maxConnections = 10_000;
  server.listen(at.port, at.host);
  await once(server, "listening");

  return {
    port: (server.address() as AddressInfo).port,
    async drain(graceMs) {
      draining = true;
      const closed = once(server, "close");
      server.close();
      if (inFlight.size > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, graceMs);
          idle = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      server.closeAllConnections();
      await closed;
    },
  };
}

const LIMITS = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  keepAliveTimeout: KEEP_ALIVE_MS,
};
