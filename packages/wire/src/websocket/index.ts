export type { WireError } from "../core/wire-error.ts";
export { createWebSocketConnection, type WebSocketConnection } from "./connection.ts";
export { CLOSE_CODE_NAMES, OPCODE, type OpcodeName } from "./constants.ts";
export type {
  CloseEvent,
  EndEvent,
  ErrorEvent,
  FrameEvent,
  MessageEvent,
  ResyncEvent,
  Side,
  WebSocketEvent,
  WebSocketFrame,
} from "./events.ts";
export { type PerMessageDeflate, readWebSocketHandshake, type WebSocketHandshake } from "./handshake.ts";
export type { WebSocketConnectionOptions } from "./options.ts";
export {
  createSubprotocolView,
  type SubprotocolMessage,
  type SubprotocolView,
  type SubprotocolViewOptions,
} from "./subprotocol.ts";
