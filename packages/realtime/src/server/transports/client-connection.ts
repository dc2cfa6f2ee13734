import type { Cursor } from "@polywire/contract/polywire/type/v1/cursor";
import type { DisconnectReason } from "../../protocol/disconnect-codes.ts";

/** A client's connection as the server sees it, whatever its transport. */
export interface ClientConnection {
  /**
   * Announces the end and ends it. Requests in work are answered first, within the bound.
   *
   * @param afterMs when the client should come back, whole milliseconds
   * @param withinMs how long that may take
   */
  drain(afterMs: number, withinMs: number): Promise<void>;
  /** Ends it with a reason. */
  disconnect(reason: DisconnectReason): void;
  /** Resolves when the socket is gone. */
  readonly closed: Promise<void>;
}

/** The position from which a client may resume every one of several subscriptions: the earliest of theirs. */
export function earliest(cursors: readonly Cursor[], head: Cursor): Cursor {
  return cursors
    .filter(({ epoch }) => epoch === head.epoch)
    .reduce((least, cursor) => (cursor.offset < least.offset ? cursor : least), head);
}
