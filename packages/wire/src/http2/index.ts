export type { WireError } from "../core/wire-error.ts";
export { createHttp2Connection, type Http2Connection } from "./connection.ts";
export {
  CLIENT_PREFACE,
  DEFAULT_MAX_FRAME_BYTES,
  DEFAULT_WINDOW_BYTES,
  ERROR_CODES,
  errorCodeName,
  FLAG,
  FRAME_HEADER_BYTES,
  FRAME_TYPE,
  SETTING,
  settingName,
} from "./constants.ts";
export { createFrameDecoder, type FrameDecoder } from "./decoder.ts";
export { createFrameEncoder, type FrameEncoder } from "./encoder.ts";
export { errorCodeFor } from "./errors.ts";
export type {
  ErrorEvent,
  FrameEvent,
  HeadersEvent,
  HeadersKind,
  Http2Event,
  Side,
  StreamEvent,
  StreamState,
  Windows,
} from "./events.ts";
export type {
  ContinuationFrame,
  DataFrame,
  Frame,
  FrameHeader,
  GoawayFrame,
  HeadersFrame,
  MalformedFrame,
  PingFrame,
  Preface,
  PriorityFrame,
  PriorityUpdateFrame,
  PushPromiseFrame,
  Resync,
  RstStreamFrame,
  Setting,
  SettingsFrame,
  StreamDependency,
  UnknownFrame,
  WindowUpdateFrame,
} from "./frames.ts";
export type { FrameDecoderOptions, FrameStart, Http2ConnectionOptions } from "./options.ts";
export { DEFAULT_PRIORITY, formatPriority, type Priority, parsePriority } from "./priority.ts";
export type { TrackedStream } from "./streams.ts";
