import type { Side } from "../core/side.ts";
import type { Striker } from "./active-fault.ts";
import type { CutReplyFault } from "./fault.ts";

/** Bytes that go on in the name of this side, or the end of the connection. */
export type Output = { readonly from: Side; readonly bytes: Uint8Array } | { readonly cut: Striker<CutReplyFault> };

/** What an editor is told. */
export interface EditorOptions {
  readonly connection: number;
  /** What is held back waits for so much at most. */
  readonly maxHeldBytes: number;
}

/**
 * Carries out the faults that know a protocol on one connection: a state machine over bytes, without sockets and timers.
 * As long as no fault strikes, what comes out is what went in, byte for byte; at most a unit of the protocol that is not
 * complete waits.
 */
export interface Editor {
  /** Takes the next bytes of one side, which it may keep; returns what goes on. Never throws. */
  push(from: Side, chunk: Uint8Array): readonly Output[];
  /** The side has ended; returns what waited for more. */
  end(from: Side): readonly Output[];
  /** Sets a fault; those that this protocol does not have are passed over. */
  add(striker: Striker): readonly Output[];
  /** Lifts a fault; returns what it held. */
  remove(striker: Striker): readonly Output[];
  /** Bytes of this side that are held back. */
  heldBytes(from: Side): number;
}
