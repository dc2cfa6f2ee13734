import type { Side } from "../../core/side.ts";
import type { FrameEncoder } from "../../http2/index.ts";
import type { Unit } from "./units.ts";

/** A request on an HTTP/2 connection. */
export interface Http2Call {
  readonly streamId: number;
  readonly path: string;
  readonly contentType: string;
}

/** What an editor does for its rules. */
export interface Http2Desk {
  readonly connection: number;
  /** Calls under way. */
  readonly calls: ReadonlyMap<number, Http2Call>;
  /** Lets a unit go on. */
  pass(unit: Unit): void;
  /** Puts frames in, in the name of this side; they take so many bytes at most. */
  write(from: Side, room: number, writeFrames: (frames: FrameEncoder) => void): void;
  /** Gives a side back what it has spent of the connection's window on bytes that its receiver will never see. */
  credit(to: Side, bytes: number): void;
}

/** What one fault does to one connection. */
export interface Http2Rule {
  /** A call begins, or was under way when the fault was set. */
  begin(call: Http2Call): void;
  /** Sees every unit before it goes on; true: the rule has taken it. */
  take(unit: Unit): boolean;
  /** The fault is lifted. */
  lift(): void;
  heldBytes(from: Side): number;
}
