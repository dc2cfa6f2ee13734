import { NO_BYTES } from "../core/bytes.ts";
import { otherSide, type Side } from "../core/side.ts";
import type { CloseReason, Direction } from "../proxy/index.ts";
import { type Segment, TCP } from "./tcp-packet.ts";

/** Segments that may wait for the one before them, in each direction; what is missing then never came. */
const MAX_WAITING = 4096;

/** What a segment adds to its connection. */
export type Piece =
  | { readonly kind: "chunk"; readonly direction: Direction; readonly bytes: Uint8Array }
  | { readonly kind: "half-close"; readonly direction: Direction }
  | { readonly kind: "close"; readonly reason: CloseReason };

interface Flow {
  /** Number of the next byte; `undefined`: its side has not opened yet. */
  next: number | undefined;
  /** The highest number that the other side has said to have everything before; `undefined`: none. */
  acknowledged: number | undefined;
  /** In the order of their numbers. */
  readonly waiting: Segment[];
  ended: boolean;
}

const DIRECTION: Readonly<Record<Side, Direction>> = { client: "up", server: "down" };

/** Puts one TCP connection together again, from its SYN on (RFC 9293 section 3.4): each byte once, in its order. */
export class Reassembly {
  /** The client's first number: a SYN with another one opens another connection. */
  readonly openedWith: number;
  closed = false;
  /** Segments have waited in vain: nothing more is shown. */
  #lost = false;
  /** Both sides have said all. */
  #finished = false;
  readonly #flows: Readonly<Record<Side, Flow>>;

  constructor({ seq }: Segment) {
    this.openedWith = seq;
    this.#flows = {
      client: { next: plus(seq, 1), acknowledged: undefined, waiting: [], ended: false },
      server: { next: undefined, acknowledged: undefined, waiting: [], ended: false },
    };
  }

  /** Whether bytes are missing, as far as the capture goes. */
  get hasHole(): boolean {
    if (this.#finished) return false;
    return this.#lost || hasHole(this.#flows.client) || hasHole(this.#flows.server);
  }

  /** Takes a segment, the SYN that opened the connection too. */
  push(from: Side, segment: Segment): readonly Piece[] {
    const { flags, seq, payload } = segment;
    const flow = this.#flows[from];
    if ((flags & TCP.SYN) !== 0) {
      flow.next ??= plus(seq, 1);
      // What is sent with it begins behind its own number (RFC 7413).
      return payload.length === 0 ? [] : this.push(from, { ...segment, seq: plus(seq, 1), flags: flags & ~TCP.SYN });
    }
    // What is still on its way when one side breaks off is lost on the wire, too.
    if (this.closed || this.#lost) return [];
    const isReset = (flags & TCP.RST) !== 0;
    if (flow.next === undefined && isReset) {
      const isRefused = flow.waiting.length === 0 && flow.acknowledged === undefined;
      return [this.#close(isRefused ? "unreachable" : "reset")];
    }
    const isOpen = flow.next !== undefined;
    if (isOpen && (flags & TCP.ACK) !== 0 && !isReset) acknowledge(this.#flows[otherSide(from)], segment.ack);
    if (payload.length === 0 && !isReset && (flags & TCP.FIN) === 0) return [];
    insert(flow.waiting, segment);
    const pieces: Piece[] = [];
    while (!this.closed && this.#takeNext(from, flow, pieces));
    this.#lost = flow.waiting.length > MAX_WAITING;
    return pieces;
  }

  /** Takes the segment that goes on where the last one ended; false when it is not there. */
  #takeNext(from: Side, flow: Flow, pieces: Piece[]): boolean {
    const { next, waiting } = flow;
    const [segment] = waiting;
    if (next === undefined || segment === undefined || distance(next, segment.seq) > 0) return false;
    waiting.shift();
    const { flags, payload, seq } = segment;
    // Sent again, in part or whole.
    const known = -distance(next, seq);
    // A reset may have the number of the FIN before it, which its receiver has not seen.
    const isLateReset = (flags & TCP.RST) !== 0 && flow.ended && known === 1;
    if (known > payload.length && !isLateReset) return true;
    const bytes = flow.ended ? NO_BYTES : payload.subarray(known);
    flow.next = plus(next, bytes.length);
    if (bytes.length > 0) pieces.push({ kind: "chunk", direction: DIRECTION[from], bytes });
    if ((flags & TCP.FIN) !== 0 && !flow.ended) {
      // It has a number of its own.
      flow.next = plus(flow.next, 1);
      flow.ended = true;
      pieces.push({ kind: "half-close", direction: DIRECTION[from] });
    }
    if ((flags & TCP.RST) !== 0) pieces.push(this.#close("reset"));
    else if (flow.ended && this.#flows[otherSide(from)].ended) {
      this.#finished = true;
      pieces.push(this.#close("finished"));
    }
    return true;
  }

  #close(reason: CloseReason): Piece {
    this.closed = true;
    return { kind: "close", reason };
  }
}

function insert(waiting: Segment[], segment: Segment): void {
  const [first] = waiting;
  const isFirst = first === undefined || distance(first.seq, segment.seq) < 0;
  const behind = isFirst ? 0 : waiting.findLastIndex(({ seq }) => distance(seq, segment.seq) >= 0) + 1;
  waiting.splice(behind, 0, segment);
}

function acknowledge(flow: Flow, ack: number): void {
  if (flow.acknowledged === undefined || distance(flow.acknowledged, ack) > 0) flow.acknowledged = ack;
}

function hasHole({ next, acknowledged, waiting }: Flow): boolean {
  if (waiting.length > 0) return true;
  return acknowledged !== undefined && (next === undefined || distance(next, acknowledged) > 0);
}

/** Numbers are counted modulo 2^32 (RFC 9293 section 3.4). */
function plus(seq: number, bytes: number): number {
  return (seq + bytes) % 2 ** 32;
}

/** How far behind `from` a number lies; negative: before it. */
function distance(from: number, seq: number): number {
  return (seq - from) | 0;
}
