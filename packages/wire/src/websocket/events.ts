import type { Side } from "../core/side.ts";
import type { WireError } from "../core/wire-error.ts";
import type { OpcodeName } from "./constants.ts";

export type { Side };

/** One frame (RFC 6455 section 5.2). */
export interface WebSocketFrame {
  readonly opcode: number;
  readonly name: OpcodeName;
  /** Whether it is the last of its message. */
  readonly fin: boolean;
  /** The three reserved bits as a number: 4 is RSV1, which permessage-deflate uses. */
  readonly rsv: number;
  readonly masked: boolean;
  /** Bytes of the payload. */
  readonly length: number;
  /** Bytes in front of the payload, the masking key included. */
  readonly headerBytes: number;
  /** Bytes that the side sent before the frame, counted from where the decoder joined. */
  readonly offset: number;
  /** Unmasked: a view of the pushed bytes or a copy; `null`: longer than the limit. */
  readonly payload: Uint8Array | null;
}

/** A frame is complete; exactly one for each on the wire, in order. */
export interface FrameEvent {
  readonly type: "frame";
  readonly from: Side;
  readonly frame: WebSocketFrame;
}

/** A message is complete; comes behind its last frame. Control frames between its frames are not part of it. */
export interface MessageEvent {
  readonly type: "message";
  readonly from: Side;
  /** `null`: its first frame was not seen. */
  readonly kind: "text" | "binary" | null;
  readonly frames: number;
  /** Bytes of its payloads on the wire. */
  readonly wireBytes: number;
  /** Whether permessage-deflate has compressed it; `null` as for `kind`. */
  readonly compressed: boolean | null;
  /**
   * The message, decompressed. `null`: not known, because it exceeds a limit, refers to what was compressed before the
   * decoder joined, or is compressed and nobody said what was negotiated.
   */
  readonly data: Uint8Array | null;
  /** Of a text message; `null` where `data` is, for binary messages, and for bytes that are not UTF-8. */
  readonly text: string | null;
  /** Of its first frame that was seen. */
  readonly offset: number;
}

/** A Close frame says why. */
export interface CloseEvent {
  readonly type: "close";
  readonly from: Side;
  /** `null`: the frame has none, which is allowed (a program sees 1005 then). */
  readonly code: number | null;
  readonly reason: string;
}

/** A decoder that joined in the middle, or had lost its place, has found where frames begin. */
export interface ResyncEvent {
  readonly type: "resync";
  readonly from: Side;
  readonly offset: number;
  /** Bytes passed over. */
  readonly skippedBytes: number;
}

/** A side has ended its bytes. */
export interface EndEvent {
  readonly type: "end";
  readonly from: Side;
  /** Whether it has sent a Close frame; where neither side has, a program sees 1006. */
  readonly closed: boolean;
}

/** Bytes that break a rule or exceed a limit; comes behind the frame or message, where there is one. */
export interface ErrorEvent {
  readonly type: "error";
  readonly from: Side;
  readonly error: WireError;
}

/** Everything that a connection shows. */
export type WebSocketEvent = CloseEvent | EndEvent | ErrorEvent | FrameEvent | MessageEvent | ResyncEvent;
