import type { CallContext } from "@polywire/rpc";
import type { Request } from "express";

/** What a route does with a request. */
export interface Route {
  method: "GET" | "POST" | "PATCH";
  /** Express' spelling: `/v1/orders/:order_id`. */
  path: string;
  /** The longest the request may take, in milliseconds, whatever its `Request-Timeout-Ms` says. */
  timeoutMs: number;
  /** Whether it can be called without a token. */
  isPublic?: boolean;
  /** Answers the request. What it throws becomes a problem document. */
  handle: (request: Request, call: CallContext) => Promise<Reply> | Reply;
}

/** A successful answer. */
export interface Reply {
  /** Default: 200. */
  status?: number;
  /** Content-Type is application/json unless it says otherwise. */
  headers?: Record<string, string>;
  /** In pieces, each taken when the client has read those before. */
  body: string | AsyncIterable<Uint8Array>;
}
