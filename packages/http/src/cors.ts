import type { IncomingMessage, ServerResponse } from "node:http";

/** Options of `cors`; the defaults are what the REST surface and its clients use. */
export interface CorsOptions {
  /** Methods scripts may use. */
  methods?: readonly string[];
  /** Request header fields scripts may set. */
  requestHeaders?: readonly string[];
  /** Response header fields scripts may read, beyond those that the Fetch standard always shows. */
  responseHeaders?: readonly string[];
  /** How long browsers may keep a preflight's answer, in seconds. Default: 7200, the most that Chromium keeps. */
  maxAgeSeconds?: number;
}

/**
 * Lets pages of other origins call an HTTP server (Fetch standard, CORS protocol). Call it first for each request: it
 * sets the header fields, and answers preflights, for which it returns true.
 *
 * Only the origins listed are let in, compared exactly; there is no wildcard. Credentials are not allowed: tokens travel in
 * the Authorization header, never in cookies.
 *
 * @throws TypeError for an entry that is not an origin (`https://host:port`, no path).
 */
export function cors(
  allowedOrigins: readonly string[],
  options: CorsOptions = {},
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const allowed = new Set(allowedOrigins.map(checkedOrigin));
  const { methods, requestHeaders, responseHeaders, maxAgeSeconds } = resolveCorsOptions(options);

  return (request, response) => {
    if (allowed.size === 0) {
      return false;
    }
    // Also for other origins, or a cache would give one origin's answer to another.
    response.appendHeader("vary", "Origin");
    const { origin } = request.headers;
    const isPreflight = request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined;
    const isAllowed = origin !== undefined && allowed.has(origin);
    if (isAllowed) {
      response.setHeader("access-control-allow-origin", origin);
      response.setHeader("access-control-expose-headers", responseHeaders);
    }
    if (!isPreflight) {
      return false;
    }
    if (isAllowed) {
      response.setHeader("access-control-allow-methods", methods);
      response.setHeader("access-control-allow-headers", requestHeaders);
      response.setHeader("access-control-max-age", maxAgeSeconds);
    }
    response.writeHead(204).end();
    return true;
  };
}

function resolveCorsOptions(options: CorsOptions) {
  return {
    methods: (options.methods ?? ["GET", "POST", "PATCH"]).join(", "),
    requestHeaders: (options.requestHeaders ?? REQUEST_HEADERS).join(", "),
    responseHeaders: (options.responseHeaders ?? RESPONSE_HEADERS).join(", "),
    maxAgeSeconds: options.maxAgeSeconds ?? 7200,
  };
}

const REQUEST_HEADERS = [
  "authorization",
  "content-type",
  "idempotency-key",
  "if-match",
  "if-none-match",
  "last-event-id",
  "request-timeout-ms",
  "traceparent",
  "x-request-id",
];

const RESPONSE_HEADERS = ["etag", "location", "retry-after", "www-authenticate", "x-request-id"];

function checkedOrigin(text: string): string {
  const isOrigin = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;
  if (!isOrigin) {
    throw new TypeError(
      `"${text}" is not an origin; write scheme, host and port only, for example https://shop.example:8443`,
    );
  }
  return text;
}
