import type { Side } from "../core/side.ts";
import type { WireError } from "../core/wire-error.ts";

export type { Side };

/** One field of a head or of trailers. */
export interface Http1Field {
  /** In lower case, as HTTP/2 has it. */
  readonly name: string;
  /** As it was sent. */
  readonly rawName: string;
  /** Without the white space around it; one character a byte. */
  readonly value: string;
}

/** How a message's body ends (RFC 9112 section 6.3). */
export type BodyFraming =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  /** With the connection. */
  | { readonly kind: "until-close" }
  /** Not at all: the connection belongs to another protocol from here on. */
  | { readonly kind: "switch" }
  /** Nobody can tell, because the head breaks the rules. */
  | { readonly kind: "unknown" };

interface Head {
  /** `1.0` or `1.1`. */
  readonly version: string;
  readonly fields: readonly Http1Field[];
  readonly body: BodyFraming;
  /** Bytes that the side sent before the head, counted from where the decoder joined. */
  readonly offset: number;
  /** Bytes of start line, fields and the line that ends them. */
  readonly headBytes: number;
}

/** A request's head is complete. */
export interface RequestEvent extends Head {
  readonly type: "request";
  readonly from: "client";
  /** Counts the requests of the connection from 0; its response has the same number. */
  readonly exchange: number;
  readonly method: string;
  /** As sent: a path with its query, an absolute URI, `host:port` or `*`. */
  readonly target: string;
}

/** A response's head is complete. */
export interface ResponseEvent extends Head {
  readonly type: "response";
  readonly from: "server";
  /** The request that it answers; `null`: unknown. */
  readonly exchange: number | null;
  /**
   * Whether `exchange`, and with it the framing of the body, supposes that nothing unseen was waiting for an answer:
   * so after a late join and after requests that could not be read.
   */
  readonly assumed: boolean;
  readonly status: number;
  readonly reason: string;
  /** 1xx: the response proper follows. 101 is proper: it ends HTTP on the connection. */
  readonly informational: boolean;
}

interface OfMessage {
  /** Who sent the message. */
  readonly from: Side;
  /** As in the message's head. */
  readonly exchange: number | null;
}

/** A chunk begins (RFC 9112 section 7.1); its data follows in `body` events. The last chunk has the size 0. */
export interface ChunkEvent extends OfMessage {
  readonly type: "chunk";
  readonly size: number;
  /** What stands behind the size, as sent, without the first semicolon. */
  readonly extensions: string;
  readonly offset: number;
}

/**
 * A piece of a body, without its framing. Bodies are passed on as they come, so the pieces depend on how the input was
 * cut; what they add up to does not.
 */
export interface BodyEvent extends OfMessage {
  readonly type: "body";
  /** A view of the pushed bytes. */
  readonly data: Uint8Array;
}

/** The fields behind a chunked body (RFC 9112 section 7.1.2); there is no event where there are none. */
export interface TrailersEvent extends OfMessage {
  readonly type: "trailers";
  readonly fields: readonly Http1Field[];
}

/** A message has ended; the last event of each. */
export interface EndEvent extends OfMessage {
  readonly type: "end";
  /** Bytes of the body without chunk framing. */
  readonly bodyBytes: number;
  /** Bytes of head, body and framing. */
  readonly wireBytes: number;
  /** False: the connection ended or what followed could not be read. */
  readonly complete: boolean;
}

/** The connection goes over to another protocol: by 101 (RFC 9110 section 7.8) or by a tunnel for CONNECT. */
export interface SwitchEvent {
  readonly type: "switch";
  readonly from: "server";
  readonly exchange: number | null;
  readonly because: "upgrade" | "connect";
  /** `Upgrade` of the response in lower case; `null`: a tunnel. */
  readonly protocol: string | null;
}

/** Bytes behind a `switch`, in pieces like a body. They are for the decoder of the other protocol. */
export interface TunnelEvent {
  readonly type: "tunnel";
  readonly from: Side;
  readonly data: Uint8Array;
}

/** A decoder that had lost its place, or joined in the middle, has found where a message begins. */
export interface ResyncEvent {
  readonly type: "resync";
  readonly from: Side;
  readonly offset: number;
  /** Bytes passed over. */
  readonly skippedBytes: number;
}

/** A side has ended its bytes. */
export interface CloseEvent {
  readonly type: "close";
  readonly from: Side;
  /**
   * Exchanges without a complete response. When the client is the one who closes, this is how it cancels: HTTP/1.1 has
   * no other way.
   */
  readonly open: readonly number[];
}

/** Bytes that break a rule or exceed a limit. */
export interface ErrorEvent extends OfMessage {
  readonly type: "error";
  readonly error: WireError;
}

/** Everything that a connection shows. */
export type Http1Event =
  | BodyEvent
  | ChunkEvent
  | CloseEvent
  | EndEvent
  | ErrorEvent
  | RequestEvent
  | ResponseEvent
  | ResyncEvent
  | SwitchEvent
  | TrailersEvent
  | TunnelEvent;
