import type { Direction } from "./events.ts";

/** The two sockets of a connection, for what stands between them. After the connection's end nothing has an effect. */
export interface Link {
  /** Counts from 1 in the order of acceptance. */
  readonly connection: number;
  /** Lets bytes go on; the observer sees them now. False: the other side is slow, wait for `drained`. */
  write(direction: Direction, bytes: Uint8Array): boolean;
  /** Passes the end of a direction (FIN) on. */
  end(direction: Direction): void;
  /** Stops reading from the side that sends in this direction: it feels back-pressure. */
  pause(direction: Direction): void;
  resume(direction: Direction): void;
  /** Ends both sides, by RST, or by FIN behind what was written. */
  cut(how: "close" | "reset"): void;
}

/**
 * Stands between the two sides of one connection: gets what was read, and lets go on what it will, when it will. Its
 * owner is the relay, which calls it synchronously.
 */
export interface Interposer {
  /** Whether the sides are told nothing of each other any more, not even that one has broken off. */
  readonly silent: boolean;
  /** Bytes were read; they may be kept. */
  push(direction: Direction, bytes: Uint8Array): void;
  /** The side that sends in this direction has sent its last byte. */
  end(direction: Direction): void;
  /** The side that receives in this direction takes bytes again. */
  drained(direction: Direction): void;
  /** The connection is over; may be called again. */
  close(): void;
}

/** Called for each connection once it has its upstream, before a byte is read. */
export type Interpose = (link: Link) => Interposer;
