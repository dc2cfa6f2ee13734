import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { cors as connectCors, type Interceptor } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { cors } from "@polywire/http";
import type { ServiceRegistration } from "@polywire/rpc";
import { engineErrors } from "./engine-errors.ts";

/** Options of `startConnectServers`. */
export interface ConnectServersOptions {
  host: string;
  /** Port of HTTP/1.1. */
  port: number;
  /** Port of HTTP/2 without TLS. */
  h2Port: number;
  services: readonly ServiceRegistration[];
  interceptors: Interceptor[];
  allowedOrigins: readonly string[];
  /** The largest message read. Default 4 MiB, as on the gRPC port. */
  maxMessageBytes?: number;
}

/** Connect and gRPC-Web on two ports: Node has no server that speaks both versions of HTTP without TLS. */
export interface ConnectServers {
  readonly port: number;
  readonly h2Port: number;
  /** Takes no new connections and lets calls end; what is left after `graceMs` is cut off. */
  drain(graceMs: number): Promise<void>;
}

type Handler = (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse) => void;

/** Starts both servers. @throws when a port is taken */
export async function startConnectServers(options: ConnectServersOptions): Promise<ConnectServers> {
  const { host, services, interceptors, allowedOrigins, maxMessageBytes = 4 * 1024 * 1024 } = options;
  const rpc = connectNodeAdapter({
    routes: (router) => {
      for (const { service, implementation } of services) router.service(service, implementation);
    },
    interceptors,
    readMaxBytes: maxMessageBytes,
    writeMaxBytes: maxMessageBytes,
    // connect-es lets unknown fields pass; a misspelt field that has no effect is an error here as everywhere.
    jsonOptions: { ignoreUnknownFields: false },
    requestGate: engineErrors,
  });
  const allowOrigins = cors(allowedOrigins, {
    methods: connectCors.allowedMethods,
    requestHeaders: [...connectCors.allowedHeaders, "authorization", "x-request-id", "traceparent"],
    responseHeaders: [...connectCors.exposedHeaders, "x-request-id"],
  });
  const handler: Handler = (request, response) => {
    // The two kinds of request and response are alike in all that is used here.
    if (allowOrigins(request as IncomingMessage, response as ServerResponse)) return;
    // A body that is too large is refused before its end: the rest must not hold up the connection's next call.
    response.once("finish", () => request.resume());
    rpc(request, response);
  };

  const http = createHttpServer({ maxHeaderSize: 16_384, requestTimeout: 0 }, handler);
  const http2 = createHttp2Server({ maxSessionMemory: 32, settings: { maxConcurrentStreams: 1000 } }, handler);
  const sessions = new Set<ServerHttp2Session>();
  http2.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  let drained: Promise<void> | undefined;
  http.listen(options.port, host);
  await once(http, "listening");
  try {
    http2.listen(options.h2Port, host);
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
    const cutOff = setTimeout(() => {
      http.closeAllConnections();
      for (const session of sessions) session.destroy();
    }, graceMs);
    await ended;
    clearInterval(closeIdle);
    clearTimeout(cutOff);
  }
}
