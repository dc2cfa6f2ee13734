import type { WireError } from "../core/wire-error.ts";
import type { Priority } from "./priority.ts";

/** What every frame says of itself (RFC 9113 section 4.1). */
export interface FrameHeader {
  /** The type's number, of which `type` has the name. */
  readonly typeCode: number;
  readonly flags: number;
  /** 0: the connection. */
  readonly streamId: number;
  /** Bytes of the payload, without the nine of the header. */
  readonly length: number;
  /** Bytes sent in this direction before the frame's header, counted from where the decoder joined. */
  readonly offset: number;
}

/** Padding of DATA, HEADERS and PUSH_PROMISE. */
interface Padded {
  /** Bytes of padding and of the field that gives its length; 0: not padded. */
  readonly paddingBytes: number;
}

/** RFC 9113 section 6.1. */
export interface DataFrame extends FrameHeader, Padded {
  readonly type: "DATA";
  /** A view of the pushed bytes where the frame lay whole in one chunk, else a copy. */
  readonly data: Uint8Array;
  readonly endStream: boolean;
}

/** RFC 9113 section 6.2. */
export interface HeadersFrame extends FrameHeader, Padded {
  readonly type: "HEADERS";
  readonly fragment: Uint8Array;
  readonly endStream: boolean;
  readonly endHeaders: boolean;
  /** The deprecated priority signal, where there is one. */
  readonly dependency: StreamDependency | undefined;
}

/** The priority signal that RFC 9113 section 5.3 deprecates. */
export interface StreamDependency {
  readonly dependsOn: number;
  readonly exclusive: boolean;
  /** 1 to 256. */
  readonly weight: number;
}

/** RFC 9113 section 6.3, deprecated. */
export interface PriorityFrame extends FrameHeader {
  readonly type: "PRIORITY";
  readonly dependency: StreamDependency;
}

/** RFC 9113 section 6.4. */
export interface RstStreamFrame extends FrameHeader {
  readonly type: "RST_STREAM";
  readonly errorCode: number;
}

/** RFC 9113 section 6.5. */
export interface SettingsFrame extends FrameHeader {
  readonly type: "SETTINGS";
  readonly ack: boolean;
  /** In the order of the wire, repetitions included. */
  readonly settings: readonly Setting[];
}

/** One setting and its value. */
export interface Setting {
  readonly id: number;
  readonly value: number;
}

/** RFC 9113 section 6.6. */
export interface PushPromiseFrame extends FrameHeader, Padded {
  readonly type: "PUSH_PROMISE";
  readonly promisedStreamId: number;
  readonly fragment: Uint8Array;
  readonly endHeaders: boolean;
}

/** RFC 9113 section 6.7. */
export interface PingFrame extends FrameHeader {
  readonly type: "PING";
  readonly ack: boolean;
  /** Eight bytes. */
  readonly opaque: Uint8Array;
}

/** RFC 9113 section 6.8. */
export interface GoawayFrame extends FrameHeader {
  readonly type: "GOAWAY";
  readonly lastStreamId: number;
  readonly errorCode: number;
  readonly debug: Uint8Array;
}

/** RFC 9113 section 6.9. */
export interface WindowUpdateFrame extends FrameHeader {
  readonly type: "WINDOW_UPDATE";
  readonly increment: number;
}

/** RFC 9113 section 6.10. */
export interface ContinuationFrame extends FrameHeader {
  readonly type: "CONTINUATION";
  readonly fragment: Uint8Array;
  readonly endHeaders: boolean;
}

/** RFC 9218 section 7.1. */
export interface PriorityUpdateFrame extends FrameHeader {
  readonly type: "PRIORITY_UPDATE";
  readonly prioritizedStreamId: number;
  /** The field value as sent. */
  readonly value: string;
  readonly priority: Priority;
}

/** A type that none of these RFCs defines; it must be ignored (RFC 9113 section 5.5) and is passed on whole. */
export interface UnknownFrame extends FrameHeader {
  readonly type: "UNKNOWN";
  readonly payload: Uint8Array;
}

/** The client's first 24 bytes; not a frame, but it stands in the same stream: `typeCode` is -1, `length` 24. */
export interface Preface extends FrameHeader {
  readonly type: "PREFACE";
}

/** A frame that breaks a rule of its own type, or is larger than the decoder's limit; its payload is skipped. */
export interface MalformedFrame extends FrameHeader {
  readonly type: "MALFORMED";
  readonly error: WireError;
}

/** A decoder that joined in the middle has found where frames begin: at `offset`. `typeCode` is -1, `length` 0. */
export interface Resync extends FrameHeader {
  readonly type: "RESYNC";
  /** Bytes passed over. */
  readonly skippedBytes: number;
}

/** Everything that is found in one direction of a connection. */
export type Frame =
  | ContinuationFrame
  | DataFrame
  | GoawayFrame
  | HeadersFrame
  | MalformedFrame
  | PingFrame
  | Preface
  | PriorityFrame
  | PriorityUpdateFrame
  | PushPromiseFrame
  | Resync
  | RstStreamFrame
  | SettingsFrame
  | UnknownFrame
  | WindowUpdateFrame;
