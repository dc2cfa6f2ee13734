import type { IncomingMessage } from "node:http";
import { rpcError } from "@polywire/rpc";

/** The parts of a request that decide whether it is let in. */
export interface Asked {
  path: string;
  query: URLSearchParams;
}

/** Path and query of a request. */
export function askedOf(request: IncomingMessage): Asked {
  const url = new URL(request.url ?? "/", "http://node");
  return { path: url.pathname, query: url.searchParams };
}

/**
 * The bearer token (RFC 6750): from the Authorization header, or from the query, because browsers can't set a header on a
 * WebSocket or an EventSource.
 *
 * @throws ConnectError UNAUTHENTICATED TOKEN_MISSING
 */
export function tokenOf(request: IncomingMessage, query: URLSearchParams): string {
  const [scheme = "", header = ""] = (request.headers.authorization ?? "").split(" ");
  const token = scheme.toLowerCase() === "bearer" ? header : query.get("access_token");
  if (token === null || token === "") {
    throw rpcError("TOKEN_MISSING", "send a bearer token in the Authorization header or as access_token");
  }
  return token;
}

/**
 * Lets in programs (no Origin), pages that this node's own address serves, and pages of the allowed origins: a browser
 * asks nobody before it opens a WebSocket to another site (RFC 6455 §10.2).
 *
 * @throws ConnectError PERMISSION_DENIED ORIGIN_NOT_ALLOWED
 */
export function requireAllowedOrigin(request: IncomingMessage, allowedOrigins: readonly string[]): void {
  const { origin, host } = request.headers;
  if (origin === undefined || allowedOrigins.includes(origin)) {
    return;
  }
  if (!URL.canParse(origin) || new URL(origin).host !== host) {
    throw rpcError("ORIGIN_NOT_ALLOWED", "pages of this origin may not connect here");
  }
}
