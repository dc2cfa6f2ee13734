import type { ClientFrame, ServerFrame } from "@polywire/contract/polywire/realtime/v1/frames";

/** The WebSocket subprotocols (RFC 6455 §1.9): how frames are written. */
export const SUBPROTOCOLS = ["polywire.v1.json", "polywire.v1.proto"] as const;

/** One of {@link SUBPROTOCOLS}. */
export type Subprotocol = (typeof SUBPROTOCOLS)[number];

/** The largest frame a server reads, in bytes, unless it is told otherwise. */
export const DEFAULT_MAX_FRAME_BYTES = 65_536;

/** Writes and reads frames; one message is one WebSocket message. */
export interface FrameCodec {
  readonly subprotocol: Subprotocol;
  /** Whether a frame is a binary WebSocket message; otherwise it is a text message. */
  readonly binary: boolean;
  /** Writes what a client sends. */
  encodeClientFrame(frame: ClientFrame): Uint8Array<ArrayBuffer>;
  /**
   * Reads what a client sent, strictly.
   *
   * @throws ConnectError INVALID_ARGUMENT, with the fields at fault where there are any
   */
  decodeClientFrame(bytes: Uint8Array): ClientFrame;
  /** Writes what a server sends. */
  encodeServerFrame(frame: ServerFrame): Uint8Array<ArrayBuffer>;
  /**
   * Reads what a server sent. Fields of a later version are passed over.
   *
   * @throws ConnectError INVALID_ARGUMENT
   */
  decodeServerFrame(bytes: Uint8Array): ServerFrame;
}
