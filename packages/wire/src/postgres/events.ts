import type { Side } from "../core/side.ts";
import type { WireError } from "../core/wire-error.ts";
import type { PostgresMessage, PostgresReport } from "./messages.ts";

export type { Side };

/** A message is complete; exactly one for each on the wire, in order. */
export interface MessageEvent {
  readonly type: "message";
  readonly from: Side;
  readonly message: PostgresMessage;
  /** Whether only the beginning was read, because it exceeds a limit: then texts are cut and counts may be 0. */
  readonly cut: boolean;
  /** Bytes that the side sent before it, counted from where the decoder joined. */
  readonly offset: number;
  /** Bytes of the whole message. */
  readonly wireBytes: number;
}

/** A client has sent off a statement: the text of a simple query (which may hold several), or one Execute. */
export interface StatementEvent {
  readonly type: "statement";
  /** Counts the statements of the connection from 0. */
  readonly id: number;
  readonly protocol: "simple" | "extended";
  /** Without what follows the word password; `null`: prepared before the decoder joined, or forgotten. */
  readonly sql: string | null;
}

/**
 * How a statement ended. `cancelled`: SQLSTATE 57014, also when the client itself gives a COPY up. `suspended`: there are more rows than were asked for. `skipped`:
 * one in front of it failed, so that the server never looked at it. `cut`: the connection ended. `unknown`: the decoder
 * lost track of who is answered.
 */
export type StatementOutcome =
  | "complete"
  | "empty"
  | "suspended"
  | "error"
  | "cancelled"
  | "skipped"
  | "cut"
  | "unknown";

/** The server has answered a statement; for a simple query, all of it. */
export interface StatementEndEvent {
  readonly type: "statement-end";
  readonly id: number;
  readonly outcome: StatementOutcome;
  /** Of the commands that completed, for example `INSERT 0 1`. */
  readonly tags: readonly string[];
  readonly rows: number;
  /** Bytes of the rows' messages. */
  readonly rowBytes: number;
  /** Bytes of the messages of COPY, in either direction. */
  readonly copyBytes: number;
  readonly error: PostgresReport | null;
  /**
   * Whether a CancelRequest for this session has passed that no earlier statement was cancelled for. A statement that
   * was cancelled without one ran into a timeout, or someone used SQL to cancel it. Seen only with `cancels`.
   */
  readonly cancelRequested: boolean;
}

/** A client asks, on a connection of its own, to cancel what another connection runs. */
export interface CancelRequestEvent {
  readonly type: "cancel-request";
  readonly processId: number;
  /** Whether the secret key is that session's; `null`: no session with this process was seen. */
  readonly matches: boolean | null;
  /** The option `connection` of the session's, and the statement that it runs now; `null`: no match. */
  readonly target: { readonly connection: number; readonly statement: number | null } | null;
}

/** The connection goes over to TLS or GSS encryption: nothing behind this can be read. */
export interface EncryptedEvent {
  readonly type: "encrypted";
}

/** A decoder that joined in the middle, or had lost its place, has found where a message begins. */
export interface ResyncEvent {
  readonly type: "resync";
  readonly from: Side;
  readonly offset: number;
  /** Bytes passed over. */
  readonly skippedBytes: number;
}

/** Bytes that break a rule or exceed a limit; comes behind the message, where there is one. */
export interface ErrorEvent {
  readonly type: "error";
  readonly from: Side;
  readonly error: WireError;
}

/** Everything that a connection shows. */
export type PostgresEvent =
  | CancelRequestEvent
  | EncryptedEvent
  | ErrorEvent
  | MessageEvent
  | ResyncEvent
  | StatementEndEvent
  | StatementEvent;
