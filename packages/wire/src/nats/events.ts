import type { Side } from "../core/side.ts";
import type { WireError } from "../core/wire-error.ts";

export type { Side };

interface Place {
  readonly from: Side;
  /** Bytes that the side sent before it, counted from where the decoder joined. */
  readonly offset: number;
  /** Bytes of line and payload with their ends. */
  readonly wireBytes: number;
}

/** The server's first operation: what it is and allows. */
export interface NatsInfoEvent extends Place {
  readonly type: "INFO";
  /** As sent, for example `server_name`, `version`, `max_payload`, `jetstream`; `null`: not JSON. */
  readonly info: Readonly<Record<string, unknown>> | null;
}

/** The client's first operation: who it is and wants. */
export interface NatsConnectEvent extends Place {
  readonly type: "CONNECT";
  /** As sent, but every option that is not known to be harmless has the value `[redacted]`; `null`: not JSON. */
  readonly options: Readonly<Record<string, unknown>> | null;
}

/** Headers of a message (ADR-4). */
export interface NatsHeaders {
  /** The server's status, for example 503 where nobody listens; `null`: none. */
  readonly status: number | null;
  readonly description: string;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
}

interface Content {
  readonly subject: string;
  /** Where the answer goes; `undefined`: none is asked for. */
  readonly replyTo: string | undefined;
  /** Of HPUB and HMSG; `undefined`: the others have none; `null`: unreadable or over a limit. */
  readonly headers: NatsHeaders | null | undefined;
  readonly headerBytes: number;
  readonly payloadBytes: number;
  /** A view of the pushed bytes or a copy; `null`: over a limit. */
  readonly payload: Uint8Array | null;
}

/** A client publishes. */
export interface NatsPublishEvent extends Place, Content {
  readonly type: "PUB" | "HPUB";
}

/** A server delivers. */
export interface NatsMessageEvent extends Place, Content {
  readonly type: "MSG" | "HMSG";
  /** The subscription. */
  readonly sid: string;
}

/** A client subscribes. */
export interface NatsSubscribeEvent extends Place {
  readonly type: "SUB";
  readonly subject: string;
  /** The group among which each message goes to one; `undefined`: none. */
  readonly queue: string | undefined;
  readonly sid: string;
}

/** A client ends a subscription. */
export interface NatsUnsubscribeEvent extends Place {
  readonly type: "UNSUB";
  readonly sid: string;
  /** Only after so many messages in all; `undefined`: now. */
  readonly maxMessages: number | undefined;
}

/** A sign of life, or the answer of a server in verbose mode. */
export interface NatsSignalEvent extends Place {
  readonly type: "PING" | "PONG" | "+OK";
}

/** The server refuses. */
export interface NatsErrorEvent extends Place {
  readonly type: "-ERR";
  /** Without its quotes, for example `Authorization Violation`. */
  readonly message: string;
}

/** A decoder that joined in the middle, or had lost its place, has found where an operation begins. */
export interface NatsResyncEvent {
  readonly type: "resync";
  readonly from: Side;
  readonly offset: number;
  /** Bytes passed over. */
  readonly skippedBytes: number;
}

/** The client begins to speak TLS, as INFO may ask: nothing behind it can be read. */
export interface NatsEncryptedEvent {
  readonly type: "encrypted";
  readonly from: "client";
}

/** Bytes that break a rule or exceed a limit. */
export interface NatsFaultEvent {
  readonly type: "error";
  readonly from: Side;
  readonly error: WireError;
}

/** Everything that a connection shows: operations by their names, and what is wrong. */
export type NatsEvent =
  | NatsConnectEvent
  | NatsEncryptedEvent
  | NatsErrorEvent
  | NatsFaultEvent
  | NatsInfoEvent
  | NatsMessageEvent
  | NatsPublishEvent
  | NatsResyncEvent
  | NatsSignalEvent
  | NatsSubscribeEvent
  | NatsUnsubscribeEvent;
