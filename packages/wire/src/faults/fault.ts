import type { Direction } from "../proxy/index.ts";

/** What every fault may be told besides its own. */
interface Common {
  /** Only this connection, by its number. Default: every connection, those to come included. */
  readonly connection?: number;
  /** How often it strikes in all. Default: as often as it can, or as the fault says. */
  readonly times?: number;
  /** The probability, 0 to 1, that it strikes where it could. Default 1. */
  readonly probability?: number;
  /** Lifts itself so long after its first strike, in ms. Default: stays until `remove`. */
  readonly forMs?: number;
}

/** A fault of bytes: the protocol does not matter. */
interface OnBytes extends Common {
  /** Which way the bytes go that it strikes. Default `down`. */
  readonly direction?: Direction | "both";
}

/** A fault of one call on an HTTP connection. */
interface OnCall extends Common {
  /** Only calls whose path holds this text, `GetOrder` or `/orders/`. Default: any. */
  readonly path?: string;
}

/** Bytes go on so much later; a strike is a piece of bytes that was read. */
export interface LatencyFault extends OnBytes {
  readonly kind: "latency";
  readonly ms: number;
  /** Each piece is up to so much earlier or later, drawn evenly; none overtakes another. Default 0. */
  readonly jitterMs?: number;
}

/** Bytes go on no faster than this; a strike is a piece that had to wait. */
export interface BandwidthFault extends OnBytes {
  readonly kind: "bandwidth";
  readonly bytesPerSecond: number;
}

/** Bytes go on in small writes; a strike is a write. */
export interface SliceFault extends OnBytes {
  readonly kind: "slice";
  /** Largest write. */
  readonly bytes: number;
  /** Pause between two. Default 1: without one the receiver may read several at once. */
  readonly gapMs?: number;
}

/** The proxy stops reading and forwarding, so that the sender feels back-pressure; a strike is a connection. */
export interface FreezeFault extends OnBytes {
  readonly kind: "freeze";
}

/**
 * The byte `from` does not come, and with it, as TCP has it, nothing behind it: a lost segment. A strike is a connection
 * that came so far; `times` is 1 by default.
 */
export interface WithholdFault extends OnBytes {
  readonly kind: "withhold";
  /** Counted from 0 where the fault was set, or where the connection began if later. Default 0. */
  readonly from?: number;
}

/** Ends both sides, `cut` by FIN and `reset` by RST, behind so many bytes or so late; with neither, at once. */
export interface CutFault extends OnBytes {
  readonly kind: "cut" | "reset";
  /** Bytes of the direction that still go on, counted as in {@link WithholdFault}. */
  readonly afterBytes?: number;
  /** Counted from where the fault was set, or where the connection began if later. */
  readonly afterMs?: number;
}

/** Both sides go silent for each other: bytes are taken and lost, an end is not passed on. `remove` resets them. */
export interface HalfOpenFault extends Common {
  readonly kind: "half-open";
}

/**
 * Frames of one HTTP/2 stream are held back while others go on; a strike is a stream, `times` is 1 by default. What is
 * held counts in the connection's flow-control window, as with a receiver that does not read.
 */
export interface StallStreamFault extends OnCall {
  readonly kind: "stall-stream";
  readonly direction?: Direction;
}

/** What can be set. */
export type Fault =
  | BandwidthFault
  | CutFault
  | FreezeFault
  | HalfOpenFault
  | LatencyFault
  | SliceFault
  | StallStreamFault
  | WithholdFault;

/** The name of a fault. */
export type FaultKind = Fault["kind"];

/** What a fault did at one moment. */
export interface FaultEvent {
  /** On the axis of `performance.now()`, in ms. */
  readonly atMs: number;
  readonly connection: number;
  /** Of HTTP/2; `null`: the whole connection. */
  readonly stream: number | null;
  readonly direction: Direction;
  readonly what: "delayed" | "held" | "released" | "dropped" | "changed" | "injected" | "cut";
  readonly bytes: number;
}

/** What a fault has done so far. */
export interface FaultCounts {
  /** How often it struck; of what, its kind says. */
  readonly strikes: number;
  /** Bytes that it delayed, held, lost, changed or put in. */
  readonly bytes: number;
}
