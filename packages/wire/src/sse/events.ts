import type { WireError } from "../core/wire-error.ts";

interface Place {
  /** Bytes of the body in front of it. */
  readonly offset: number;
  /** Bytes that it takes, up to the end of its last line; the LF of a CRLF there is not counted. */
  readonly wireBytes: number;
}

/** An event is dispatched (WHATWG HTML section 9.2.6). */
export interface SseMessageEvent extends Place {
  readonly type: "event";
  /** The field `event`; `message` where there is none. */
  readonly event: string;
  /** The lines of `data` with a line feed between them; `null`: over a limit. */
  readonly data: string | null;
  /** The field `id` of this event; `undefined`: it has none. */
  readonly id: string | undefined;
  /** What a client would send as `Last-Event-ID` from now on; `null`: unknown, because the decoder joined late. */
  readonly lastEventId: string | null;
}

/** Fields without data: no event is dispatched, but the id counts. */
export interface SseFieldsEvent extends Place {
  readonly type: "fields";
  readonly id: string | undefined;
  readonly lastEventId: string | null;
}

/** A comment, which servers send to keep a connection open. */
export interface SseCommentEvent extends Place {
  readonly type: "comment";
  /** Without the colon. */
  readonly text: string;
}

/** The field `retry`: how long a client waits before it comes back. */
export interface SseRetryEvent extends Place {
  readonly type: "retry";
  readonly retryMs: number;
}

/** A decoder that joined in the middle has passed over the rest of an event. */
export interface SseResyncEvent {
  readonly type: "resync";
  readonly offset: number;
  readonly skippedBytes: number;
}

/** Bytes that break a rule or exceed a limit. */
export interface SseErrorEvent {
  readonly type: "error";
  readonly error: WireError;
}

/** What a stream shows. */
export type SseEvent =
  | SseCommentEvent
  | SseErrorEvent
  | SseFieldsEvent
  | SseMessageEvent
  | SseResyncEvent
  | SseRetryEvent;
