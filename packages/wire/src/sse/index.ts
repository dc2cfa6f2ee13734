export type { WireError } from "../core/wire-error.ts";
export { createSseDecoder, type SseDecoder } from "./decoder.ts";
export type {
  SseCommentEvent,
  SseErrorEvent,
  SseEvent,
  SseFieldsEvent,
  SseMessageEvent,
  SseResyncEvent,
  SseRetryEvent,
} from "./events.ts";
export type { SseDecoderOptions } from "./options.ts";
