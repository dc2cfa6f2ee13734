import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

/** A request of either version of HTTP: they are alike in nearly all that is used of them. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;

/** A response of either version of HTTP. */
export type HttpResponse = ServerResponse | Http2ServerResponse;
