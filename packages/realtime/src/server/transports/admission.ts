import type { IncomingMessage } from "node:http";
import { acceptRequestId, REQUEST_ID_HEADER, rpcError } from "@polywire/rpc";

/** The parts of a request that decide whether it is let in. */
export interface Asked {
  /** Empty for an address that can't be read. */
  path: string;
  query: URLSearchParams;
  /** The caller's, or the front door's, if it is a sane one; else a new one. */
  requestId: string;
}

/** Path, query and id of a request. */
export function askedOf({ url, headers }: IncomingMessage): Asked {
  const address = URL.parse(url ?? "", "http://node");
  const requestId = headers[REQUEST_ID_HEADER];
  return {
    path: address?.pathname ?? "",
    query: address?.searchParams ?? new URLSearchParams(),
    requestId: acceptRequestId(typeof requestId === "string" ? requestId : undefined),
  };
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
