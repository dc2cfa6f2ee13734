import type { Cursor } from "@polywire/contract/polywire/type/v1/cursor";
import type { DisconnectReason } from "../../protocol/disconnect-codes.ts";
import type { RecoveryAnswer } from "../log/recover.ts";
import type { EventEncoder } from "./event-encoder.ts";

/** Events of a channel that were left out because the subscriber reads too slowly. */
export interface LeftOut {
  /** The last position delivered before. */
  after: Cursor;
  /** Delivery goes on after this position. */
  cursor: Cursor;
  /** How many of the channel's events. */
  skipped: number;
}

/** A client's connection as the fan-out sees it. Everything written in one turn of the event loop leaves together. */
export interface Outlet {
  /** How events are written for it. */
  readonly encoder: EventEncoder;
  /** Whether it takes more data now. When it does again, `drained` resolves and the transport calls `pump`. */
  writable(): boolean;
  /** Resolves when the connection takes more data, or is closed. */
  drained(): Promise<void>;
  /** Sends bytes that the encoder has made. */
  write(bytes: Buffer): void;
  /** Confirms a subscription: the events of the channel follow. */
  started(channel: string, answer: RecoveryAnswer): void;
  /** Says that events were left out. */
  gap(channel: string, leftOut: LeftOut): void;
  /** Ends the connection. */
  disconnect(reason: DisconnectReason): void;
}
