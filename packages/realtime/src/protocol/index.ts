export { type Channel, formatChannel, parseChannel } from "./channel.ts";
export { DEFAULT_MAX_FRAME_BYTES, type FrameCodec, SUBPROTOCOLS, type Subprotocol } from "./codec/frame-codec.ts";
export { FRAME_CODECS } from "./codec/frame-codecs.ts";
export { formatCursor, makeCursor, parseCursor } from "./cursor.ts";
export { DISCONNECT_CODES, type DisconnectReason, mayReconnect } from "./disconnect-codes.ts";
export { fromWire, toWire } from "./errors.ts";
