import { NO_BYTES } from "./bytes.ts";
import { GrowingBuffer } from "./growing-buffer.ts";

const LF = 0x0a;

/** Collects lines that end with LF from input that is cut anywhere. What a line says, CR included, is its owner's. */
export class LineReader {
  readonly #maxBytes: number;
  readonly #held = new GrowingBuffer();
  /** The line without its LF: a view that holds until the next `take`. */
  line: Uint8Array = NO_BYTES;
  /** Whether the last `take` has completed a line. */
  complete = false;
  /** Whether a complete line is only the first `maxBytes` of one that goes on: the byte behind them is taken, not kept. */
  tooLong = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether a line has begun that is not complete. */
  get unfinished(): boolean {
    return !this.complete && this.#held.length > 0;
  }

  /** Reads on from a position up to and with the next LF, or the limit; returns the position behind what was taken. */
  take(chunk: Uint8Array, at: number): number {
    if (this.complete) this.#held.clear();
    const room = this.#maxBytes - this.#held.length;
    const part = chunk.subarray(at, at + room + 1);
    const found = part.indexOf(LF);
    this.tooLong = found < 0 && part.length > room;
    this.complete = found >= 0 || this.tooLong;
    const kept = this.complete ? part.subarray(0, found < 0 ? room : found) : part;
    const isWhole = this.complete && this.#held.length === 0;
    if (!isWhole) this.#held.append(kept);
    this.line = isWhole ? kept : this.#held.bytes;
    return at + kept.length + (this.complete ? 1 : 0);
  }

  /** Forgets what it has of a line. */
  reset(): void {
    this.#held.clear();
    this.complete = false;
  }
}
