/** Where a TCP connection comes from or goes to. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** `up` is from the client to the upstream, `down` the way back. */
export type Direction = "up" | "down";

/**
 * Why a connection is over: both sides said so, one side broke it off (the other was reset too), the upstream took no
 * connection, a fault that was set cut it, or the proxy was closed.
 */
export type CloseReason = "finished" | "reset" | "unreachable" | "fault" | "proxy-closed";

interface EventBase {
  /** Counts from 1 in the order of acceptance; never used twice by one proxy. */
  readonly connection: number;
  /** On the axis of `performance.now()`, in ms with a fraction; never falls from one event to the next. */
  readonly atMs: number;
}

/** A client was accepted; the first event of each connection. */
export interface OpenEvent extends EventBase {
  readonly kind: "open";
  readonly client: Endpoint;
}

/** Bytes were read from one side, and have just been written to the other. */
export interface ChunkEvent extends EventBase {
  readonly kind: "chunk";
  readonly direction: Direction;
  /** Holds until the observer has returned: copy what is to be kept. Boundaries mean nothing: TCP is a stream. */
  readonly bytes: Uint8Array;
}

/** One side has sent its last byte (FIN); the other direction goes on. */
export interface HalfCloseEvent extends EventBase {
  readonly kind: "half-close";
  readonly direction: Direction;
}

/** The connection is over on both sides; the last event of each connection. */
export interface CloseEvent extends EventBase {
  readonly kind: "close";
  readonly reason: CloseReason;
}

/** What a proxy tells its observer, in the order in which it happens. */
export type ProxyEvent = OpenEvent | ChunkEvent | HalfCloseEvent | CloseEvent;

/**
 * Looks at the traffic of a proxy. Called synchronously, in the turn in which the bytes were written, so that the other
 * side works on them meanwhile: nothing that it answers is read before the observer has returned. Must not throw.
 */
export type Observe = (event: ProxyEvent) => void;
