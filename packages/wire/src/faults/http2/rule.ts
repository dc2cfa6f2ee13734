import type { Side } from "../../core/side.ts";
import type { FrameEncoder } from "../../http2/index.ts";
import type { Direction } from "../../proxy/index.ts";
import type { Striker } from "../active-fault.ts";
import type { CutReplyFault } from "../fault.ts";
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
  readonly maxHeldBytes: number;
  /** Calls under way. */
  readonly calls: ReadonlyMap<number, Http2Call>;
  /** The last call; 0: there was none. */
  readonly lastStreamId: number;
  /** Lets a unit go on. */
  pass(unit: Unit): void;
  /** Puts frames in, in the name of this side; they take so many bytes at most. */
  write(from: Side, room: number, writeFrames: (frames: FrameEncoder) => void): void;
  /** Gives a side back what it has spent of the connection's window, and of a stream's, on DATA that nobody will see. */
  credit(to: Side, bytes: number, streamId?: number): void;
  /** Resets a call on both sides; what they still send on it is lost. */
  kill(striker: Striker, streamId: number, errorCode: number): void;
  /** What the client sends on streams above this one is lost. */
  refuseAbove(striker: Striker, streamId: number): void;
  /** Ends the connection behind what has gone on. */
  cut(striker: Striker<CutReplyFault>): void;
}

/** What one fault does to one connection. */
export interface Http2Rule {
  /** A call begins, or was under way when the fault was set. */
  begin?(call: Http2Call, isUnderWay: boolean): void;
  /** Sees every unit before it goes on; true: the rule has taken it. */
  take?(unit: Unit): boolean;
  /** A unit has gone on. */
  passed?(unit: Unit): void;
  /** The fault is lifted. */
  lift?(): void;
  heldBytes?(from: Side): number;
}

/** Whether a fault means this call. */
export function isMeant(
  { path = "", stream }: { readonly path?: string; readonly stream?: number },
  call: Http2Call,
): boolean {
  return call.path.includes(path) && (stream === undefined || stream === call.streamId);
}

/** Who sends in a direction. */
export function senderOf(direction: Direction): Side {
  return direction === "up" ? "client" : "server";
}

/** What a unit has taken from the windows of its sender (RFC 9113 section 6.9.1). */
export function flowControlled({ frame }: Unit): number {
  return frame?.type === "DATA" ? frame.length : 0;
}

/** Whether a unit is the head of a reply, not an informational one. */
export function isReply({ headers }: Unit): boolean {
  return headers?.from === "server" && headers.kind === "response";
}
