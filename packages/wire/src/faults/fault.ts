import type { ERROR_CODES } from "../http2/index.ts";
import type { Direction } from "../proxy/index.ts";

/** An error code of RFC 9113 section 7. */
export type Http2ErrorName = (typeof ERROR_CODES)[number];

/** What every fault may be told besides its own. */
interface Common {
  /** Only this connection, by its number. Default: every connection, those to come included. */
  readonly connection?: number;
  /** How often it strikes in all. Default: as often as it can, or as the fault says. */
  readonly times?: number;
  /** The probability, 0 to 1, that it strikes where it could. Default 1. */
  readonly probability?: number;
  /** Lifts itself so long after its first strike, in ms. Default: stays until `remove`. */
  readonly forMs?: number;
}

/** A fault of bytes: the protocol does not matter. */
interface OnBytes extends Common {
  /** Which way the bytes go that it strikes. Default `down`. */
  readonly direction?: Direction | "both";
}

/** A fault of one call on an HTTP connection. */
interface OnCall extends Common {
  /** Only calls whose path holds this text, `GetOrder` or `/orders/`. Default: any. */
  readonly path?: string;
}

/** A fault of one stream of an HTTP/2 connection. */
interface OnStream extends OnCall {
  /** Only the stream of this number; best together with `connection`. Default: any. */
  readonly stream?: number;
}

/** Bytes go on so much later; a strike is a piece of bytes that was read. */
export interface LatencyFault extends OnBytes {
  readonly kind: "latency";
  readonly ms: number;
  /** Each piece is up to so much earlier or later, drawn evenly; none overtakes another. Default 0. */
  readonly jitterMs?: number;
}

/** Bytes go on no faster than this; a strike is a piece that had to wait. */
export interface BandwidthFault extends OnBytes {
  readonly kind: "bandwidth";
  readonly bytesPerSecond: number;
}

/** Bytes go on in small writes; a strike is a write. */
export interface SliceFault extends OnBytes {
  readonly kind: "slice";
  /** Largest write. */
  readonly bytes: number;
  /** Pause between two. Default 1: without one the receiver may read several at once. */
  readonly gapMs?: number;
}

/** The proxy stops reading and forwarding, so that the sender feels back-pressure; a strike is a connection. */
export interface FreezeFault extends OnBytes {
  readonly kind: "freeze";
}

/**
 * The byte `from` does not come, and with it, as TCP has it, nothing behind it: a lost segment. A strike is a connection
 * that came so far; `times` is 1 by default.
 */
export interface WithholdFault extends OnBytes {
  readonly kind: "withhold";
  /** Counted from 0 where the fault was set, or where the connection began if later. Default 0. */
  readonly from?: number;
}

/** Ends both sides, `cut` by FIN and `reset` by RST, behind so many bytes or so late; with neither, at once. */
export interface CutFault extends OnBytes {
  readonly kind: "cut" | "reset";
  /** Bytes of the direction that still go on, counted as in {@link WithholdFault}. */
  readonly afterBytes?: number;
  /** Counted from where the fault was set, or where the connection began if later. */
  readonly afterMs?: number;
}

/** Both sides go silent for each other: bytes are taken and lost, an end is not passed on. `remove` resets them. */
export interface HalfOpenFault extends Common {
  readonly kind: "half-open";
}

/**
 * Frames of one HTTP/2 stream are held back while others go on; a strike is a stream, `times` is 1 by default. What is
 * held counts in the connection's flow-control window, as with a receiver that does not read.
 */
export interface StallStreamFault extends OnStream {
  readonly kind: "stall-stream";
  readonly direction?: Direction;
}

/**
 * WINDOW_UPDATE frames that one side sends are held back, so that the other soon may send no more DATA; lifting gives out
 * what they grant. A strike is a frame. With `path` or `stream`, only those of such a call's stream, not those of the connection.
 */
export interface WithholdWindowUpdateFault extends OnStream {
  readonly kind: "withhold-window-update";
  /** Which way they go. Default `up`: the client's. */
  readonly direction?: Direction;
}

/**
 * The client gets GOAWAY as from the server, at once, on each HTTP/2 connection that has carried a call, with the last
 * call as the last stream; calls that it begins all the same are lost, as a server that goes away has it. A strike is a
 * connection.
 */
export interface GoawayFault extends Common {
  readonly kind: "goaway";
  /** Default `NO_ERROR`. */
  readonly errorCode?: Http2ErrorName;
}

/**
 * One call of HTTP/2 is reset: the client as if by the server with `errorCode`, the server as if by the client with
 * CANCEL. A strike is a call, `times` is 1 by default.
 */
export interface RstStreamFault extends OnStream {
  readonly kind: "rst-stream";
  /** Default `INTERNAL_ERROR`. */
  readonly errorCode?: Http2ErrorName;
  /** When the request's header has gone on, or in place of the first of the reply. Default `request`. */
  readonly at?: "reply" | "request";
}

/**
 * One message of a call that begins later and frames its messages (gRPC, gRPC-Web, streams of Connect; over HTTP/2) is
 * left out, or goes on with its content made unreadable. A strike is a message, `times` is 1 by default.
 */
export interface MessageFault extends OnStream {
  readonly kind: "corrupt-message" | "drop-message";
  readonly direction?: Direction;
  /** Counted from 0 in the direction of the call. Default 0. */
  readonly index?: number;
}

/**
 * The connection ends where the reply to a call would begin, after the whole request: HTTP/1.1 and HTTP/2. A strike is a
 * call, `times` is 1 by default.
 */
export interface CutReplyFault extends OnCall {
  readonly kind: "cut-reply";
  /** Default `reset`. */
  readonly how?: "close" | "reset";
}

/**
 * Bodies of server-sent events are gathered, as a proxy does that buffers: they go on when so much is there, and at their
 * end. Responses that begin later, over HTTP/1.1 and HTTP/2. A strike is a response.
 */
export interface BufferSseFault extends OnCall {
  readonly kind: "buffer-sse";
  /** Default 65,536; half of `maxHeldBytes` at most. */
  readonly bytes?: number;
}

/** Pongs of WebSockets (over HTTP/1.1) are left out; a strike is a pong. */
export interface SwallowPongsFault extends Common {
  readonly kind: "swallow-pongs";
  /** Which way they go. Default `up`: the answers of clients. */
  readonly direction?: Direction;
}

/** What can be set. */
export type Fault =
  | BandwidthFault
  | BufferSseFault
  | CutFault
  | CutReplyFault
  | FreezeFault
  | GoawayFault
  | HalfOpenFault
  | LatencyFault
  | MessageFault
  | RstStreamFault
  | SliceFault
  | StallStreamFault
  | SwallowPongsFault
  | WithholdFault
  | WithholdWindowUpdateFault;

/** The name of a fault. */
export type FaultKind = Fault["kind"];

/** What a fault did at one moment. */
export interface FaultEvent {
  /** On the axis of `performance.now()`, in ms. */
  readonly atMs: number;
  readonly connection: number;
  /** Of HTTP/2; `null`: the whole connection. */
  readonly stream: number | null;
  readonly direction: Direction;
  readonly what: "delayed" | "held" | "released" | "dropped" | "changed" | "injected" | "cut";
  readonly bytes: number;
}

/** What a fault has done so far. */
export interface FaultCounts {
  /** How often it struck; of what, its kind says. */
  readonly strikes: number;
  /** Bytes that it delayed, held, lost, changed or put in. */
  readonly bytes: number;
}
