import type { IncomingMessage, ServerResponse } from "node:http";
import type { Registry } from "@prometheus-io/client";
import type { ReadyReport } from "./ready.ts";

/** What the operations endpoints show. */
export interface OperationsOptions {
  /** Asked at each `/readyz`. */
  ready: () => Promise<ReadyReport>;
  /** Printed by `/metrics`. */
  metrics: Registry;
}

/** Answers a request for `/livez`, `/readyz` or `/metrics`; false when it is for something else. */
export interface OperationsHandler {
  (request: IncomingMessage, response: ServerResponse): boolean;
  /** From now on `/readyz` answers 503, so that no new work is sent while the process drains. */
  drain(): void;
}

/**
 * The operations endpoints as a handler, for an app that has an HTTP server of its own.
 *
 * - `/livez`: 200 as long as the process answers at all.
 * - `/readyz`: 200 or 503 with the `ReadyReport` as JSON.
 * - `/metrics`: the Prometheus text format.
 *
 * @param options see `OperationsOptions`
 * @returns the handler
 */
export function operationsHandler(options: OperationsOptions): OperationsHandler {
  let draining = false;
  const routes: Readonly<Record<string, (response: ServerResponse) => Promise<void>>> = {
    "/livez": async (response) => send(response, 200, { live: true }),
    "/readyz": async (response) => {
      const report = draining ? { ready: false, checks: { drain: "draining" } } : await options.ready();
      send(response, report.ready ? 200 : 503, report);
    },
    "/metrics": async (response) => {
      const text = await options.metrics.metrics();
      response.writeHead(200, { "content-type": options.metrics.contentType }).end(text);
    },
  };
  const handler = (request: IncomingMessage, response: ServerResponse): boolean => {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route === undefined) return false;
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      send(response, 405, { error: "only GET and HEAD" });
      return true;
    }
    route(response).catch(() => {
      if (response.headersSent) response.destroy();
      else send(response, 500, { error: "internal error" });
    });
    return true;
  };
  return Object.assign(handler, {
    drain: () => {
      draining = true;
    },
  });
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(body)}\n`);
}
