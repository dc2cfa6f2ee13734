import type { Side } from "../core/side.ts";
import type { WireError } from "../core/wire-error.ts";
import type { HeaderBlock } from "../hpack/index.ts";
import type { Frame } from "./frames.ts";

export type { Side };

/** States of RFC 9113 section 5.1 as an observer sees them; "local" and "remote" become the side that has ended. */
export type StreamState = "reserved" | "open" | "half-closed-client" | "half-closed-server" | "closed";

/** How many bytes one side may still send; `null`: unknown. */
export interface Windows {
  /** Whose DATA these windows limit. */
  readonly of: Side;
  readonly connection: number | null;
  readonly stream: number | null;
}

/** A frame, exactly one for each on the wire, in order. */
export interface FrameEvent {
  readonly type: "frame";
  readonly from: Side;
  readonly frame: Frame;
  /** After DATA: what its sender has left. After WINDOW_UPDATE: what its receiver has now. Else `undefined`. */
  readonly windows: Windows | undefined;
}

/** What a header list is, judged by its pseudo-header fields (RFC 9113 section 8); `unknown`: they could not be read. */
export type HeadersKind = "request" | "response" | "informational" | "trailers" | "push" | "unknown";

/** A header block is complete; comes behind its last frame. */
export interface HeadersEvent {
  readonly type: "headers";
  readonly from: Side;
  /** The stream of the frames; for a push the stream that it belongs to. */
  readonly streamId: number;
  readonly promisedStreamId: number | undefined;
  readonly kind: HeadersKind;
  /** `null`: the block exceeded a limit and was skipped. */
  readonly block: HeaderBlock | null;
  readonly endStream: boolean;
  /** HEADERS or PUSH_PROMISE and its CONTINUATIONs. */
  readonly frames: number;
}

/** A stream has changed its state; comes behind the frame that caused it. */
export interface StreamEvent {
  readonly type: "stream";
  /** Who caused it. */
  readonly from: Side;
  readonly streamId: number;
  readonly state: StreamState;
  readonly because: "headers" | "push" | "end-stream" | "reset" | "goaway";
  /** Of RST_STREAM or GOAWAY. */
  readonly errorCode: number | undefined;
  /** Flow-controlled bytes that each side has sent on the stream so far. */
  readonly sentBytes: Readonly<Record<Side, number>>;
}

/** Bytes that break a rule or exceed a limit; comes behind the frame, where there is one. */
export interface ErrorEvent {
  readonly type: "error";
  readonly from: Side;
  /** 0: the connection. */
  readonly streamId: number;
  readonly error: WireError;
}

/** Everything that a connection shows. */
export type Http2Event = FrameEvent | HeadersEvent | StreamEvent | ErrorEvent;
