import type { IncomingMessage, ServerResponse } from "node:http";
import { cors as connectCors, createConnectRouter } from "@connectrpc/connect";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import { cors } from "@polywire/http";
import { engineErrors } from "./engine-errors.ts";
import type { HttpRequest, HttpResponse } from "./http-messages.ts";
import type { ResolvedConnectServersOptions } from "./options.ts";
import { dropEndlessTimeout, watchRequest } from "./request-timeout.ts";

/**
 * Serves the services as Connect, gRPC-Web and gRPC on Node's servers of either version of HTTP. It stands in for
 * `connectNodeAdapter`, which throws out of the event for a Host that is no host, which ends the process, and writes a stack
 * to standard error for each caller that leaves. `shutdownSignal` ends the calls that run with its reason.
 */
export function connectHandler(options: ResolvedConnectServersOptions, shutdownSignal: AbortSignal) {
  const { services, interceptors, jsonRegistry } = options;
  const router = createConnectRouter({
    interceptors: [...interceptors],
    shutdownSignal,
    acceptCompression: [compressionGzip, compressionBrotli],
    readMaxBytes: options.maxReceiveBytes,
    writeMaxBytes: options.maxSendBytes,
    // connect-es lets unknown fields pass; a misspelt field that has no effect is an error here as everywhere.
    jsonOptions: { ignoreUnknownFields: false, ...(jsonRegistry && { registry: jsonRegistry }) },
    ...(options.errorReasons && { requestGate: engineErrors }),
  });
  for (const { service, implementation } of services) router.service(service, implementation);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  const allowOrigins = cors(options.allowedOrigins, {
    methods: connectCors.allowedMethods,
    requestHeaders: [...connectCors.allowedHeaders, "authorization", "x-request-id", "traceparent"],
    responseHeaders: [...connectCors.exposedHeaders, "x-request-id"],
  });
  const watch = watchRequest(services, options.requestTimeoutMs);
  return (request: HttpRequest, response: HttpResponse): void => {
    if (allowOrigins(request as IncomingMessage, response as ServerResponse)) return;
    keepConnection(request, response);
    const handler = handlers.get(pathOf(request));
    if (handler === undefined || !hasHost(request)) {
      response.statusCode = handler === undefined ? 404 : 400;
      response.end();
      return;
    }
    watch(request);
    dropEndlessTimeout(request);
    handler(universalRequestFromNodeRequest(request, response, undefined, undefined))
      .then((answer) => universalResponseToNodeResponse(answer, response))
      // Errors of the call have become its answer; what is left is that nobody takes it. The log of calls has the call.
      .catch(() => response.destroy());
  };
}

const pathOf = ({ url = "" }: HttpRequest): string => url.split("?", 1)[0] ?? "";

/** Whether the request names a host that can stand in a URL: handlers are given one. */
function hasHost(request: HttpRequest): boolean {
  const host = "authority" in request ? request.authority : request.headers.host;
  return host !== undefined && URL.canParse(`http://${host}`);
}

/**
 * A body that is too large is refused before its end, and the rest must not hold up the connection's next call: the adapter
 * alone resets the connection on HTTP/1.1, and never ends the call on HTTP/2.
 */
function keepConnection(request: HttpRequest, response: HttpResponse): void {
  request[Symbol.asyncIterator] = () => request.iterator({ destroyOnReturn: false });
  // An HTTP/2 response calls itself finished only when the request has ended too; its stream knows better.
  const written = "stream" in response ? response.stream : response;
  written.once("finish", () => request.resume());
}
