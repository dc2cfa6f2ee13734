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
  /** In the order of their numbers. */
  readonly waiting: Segment[];
  ended: boolean;
}

const DIRECTION: Readonly<Record<Side, Direction>> = { client: "up", server: "down" };

/** Puts one TCP connection together again, from its SYN on (RFC 9293 section 3.4): each byte once, in its order. */
export class Reassembly {
  /** The client's first number: a SYN with another one opens another connection. */
  readonly openedWith: number;
  /** Bytes are missing for which segments behind them have given up waiting. */
  lost = false;
  closed = false;
  readonly #flows: Readonly<Record<Side, Flow>>;

  constructor({ seq }: Segment) {
    this.openedWith = seq;
    this.#flows = {
      client: { next: plus(seq, 1), waiting: [], ended: false },
      server: { next: undefined, waiting: [], ended: false },
    };
  }

  /** Whether bytes are missing as far as the capture goes. */
  get hasHole(): boolean {
    return this.lost || this.#flows.client.waiting.length > 0 || this.#flows.server.waiting.length > 0;
  }

  push(from: Side, segment: Segment): readonly Piece[] {
    if (this.closed || this.lost) return [];
    const flow = this.#flows[from];
    if ((segment.flags & TCP.SYN) !== 0) {
      if (from === "server") flow.next ??= plus(segment.seq, 1);
      return [];
    }
    if ((segment.flags & TCP.RST) !== 0) return this.#close("reset");
    if (segment.payload.length === 0 && (segment.flags & TCP.FIN) === 0) return [];
    const behind = flow.waiting.findLastIndex(({ seq }) => distance(seq, segment.seq) >= 0) + 1;
    flow.waiting.splice(behind, 0, segment);
    const pieces: Piece[] = [];
    while (this.#takeNext(from, flow, pieces));
    this.lost = flow.waiting.length > MAX_WAITING;
    if (flow.ended && this.#flows[otherSide(from)].ended) pieces.push(...this.#close("finished"));
    return pieces;
  }

  /** Takes the segment that goes on where the last one ended; false when it is not there. */
  #takeNext(from: Side, flow: Flow, pieces: Piece[]): boolean {
    const { next, waiting } = flow;
    if (next === undefined) return false;
    const [segment] = waiting;
    if (segment === undefined || distance(next, segment.seq) > 0) return false;
    waiting.shift();
    // Sent again, in part or whole.
    const known = -distance(next, segment.seq);
    const bytes = segment.payload.subarray(known);
    if (bytes.length > 0 && !flow.ended) pieces.push({ kind: "chunk", direction: DIRECTION[from], bytes });
    if (known <= segment.payload.length) flow.next = plus(next, bytes.length);
    if ((segment.flags & TCP.FIN) !== 0 && known <= segment.payload.length && !flow.ended) {
      flow.ended = true;
      pieces.push({ kind: "half-close", direction: DIRECTION[from] });
    }
    return true;
  }

  #close(reason: CloseReason): readonly Piece[] {
    this.closed = true;
    return [{ kind: "close", reason }];
  }
}

/** Numbers are counted modulo 2^32 (RFC 9293 section 3.4). */
function plus(seq: number, bytes: number): number {
  return (seq + bytes) % 2 ** 32;
}

/** How far behind `from` a number lies; negative: before it. */
function distance(from: number, seq: number): number {
  return (seq - from) | 0;
}
