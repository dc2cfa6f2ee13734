export { writeEnvelope } from "../core/envelope.ts";
export type { WireError } from "../core/wire-error.ts";
export { type ConnectCall, parseConnectTimeoutMs, type RequestHead, readConnectCall } from "./call.ts";
export { type ConnectStreamDecoder, createConnectStreamDecoder } from "./decoder.ts";
export type {
  ConnectEndStreamEvent,
  ConnectMessageEvent,
  ConnectStreamEvent,
  ConnectWireErrorEvent,
} from "./events.ts";
export { type ConnectFailure, type ConnectFailureDetail, readConnectFailure } from "./failure.ts";
export type { ConnectStreamDecoderOptions } from "./options.ts";
