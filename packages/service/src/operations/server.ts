import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type OperationsOptions, operationsHandler } from "./handler.ts";

/** The operations endpoints on a port of their own. */
export interface OperationsServer {
  /** The port it listens on. */
  readonly port: number;
  /** From now on `/readyz` answers 503. */
  drain(): void;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

/**
 * Serves `/livez`, `/readyz` and `/metrics`, for an app that has no other HTTP server. Everything else is 404.
 *
 * @param options where to listen (`port` 0 lets the system choose) and what to show
 * @returns the listening server
 * @throws when the port is taken
 */
export async function startOperations(
  options: OperationsOptions & { host: string; port: number },
): Promise<OperationsServer> {
  const handler = operationsHandler(options);
  const server = createServer({ requestTimeout: 10_000, maxHeaderSize: 16_384 }, (request, response) => {
    if (!handler(request, response)) response.writeHead(404).end();
  });
  server.maxConnections = 100;
  server.listen(options.port, options.host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    drain: handler.drain,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
