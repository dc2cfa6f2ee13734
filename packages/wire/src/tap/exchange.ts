import type { HeaderList } from "../core/header-list.ts";
import type { Side } from "../core/side.ts";
import type { BodyMessage } from "./body-readers.ts";

/**
 * A piece of a request and its response, whatever the version of HTTP that carried it: what the protocols above HTTP
 * (gRPC, gRPC-Web, Connect, JSON) are read from.
 */
export type ExchangePart = {
  /** The stream of HTTP/2, or the number of the request on a connection of HTTP/1.1. */
  readonly id: number;
} & (
  | { readonly type: "request"; readonly method: string; readonly path: string | null; readonly fields: HeaderList }
  | { readonly type: "response"; readonly status: number | null; readonly fields: HeaderList }
  | { readonly type: "body"; readonly from: Side; readonly data: Uint8Array }
  | { readonly type: "trailers"; readonly fields: HeaderList }
  /** A message of a connection that was turned over to WebSocket. */
  | { readonly type: "message"; readonly from: Side; readonly framingBytes: number; readonly message: BodyMessage }
  /** The first Close frame of a WebSocket. */
  | { readonly type: "closed"; readonly code: number | null; readonly reason: string }
  /** The side has said all that it had to say. */
  | { readonly type: "end"; readonly from: Side; readonly complete: boolean }
  /** Given up before its end, by RST_STREAM, GOAWAY or the end of the connection. */
  | { readonly type: "reset"; readonly from: Side; readonly errorCode: number | null }
);
