import { NO_BYTES } from "../core/bytes.ts";

/** Cuts the bytes of one side where its decoder says that frames end. Nothing is lost or added. */
export class Cutter {
  /** Bytes behind the last frame, and their offset. */
  #bytes: Uint8Array = NO_BYTES;
  #at = 0;
  /** The end of a frame that its decoder does not hold. */
  #passTo = 0;

  /** Bytes that wait for the rest of their frame. */
  get heldBytes(): number {
    return this.#bytes.length;
  }

  /** Takes a chunk; returns what of it belongs to a frame that is not held, and goes on as it comes. */
  push(chunk: Uint8Array): Uint8Array {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    return this.#take(Math.max(this.#passTo - this.#at, 0));
  }

  /** Takes what there is up to this offset, which is the end of a frame; what is missing goes on as it comes. */
  takeTo(end: number): Uint8Array {
    this.#passTo = end;
    return this.#take(Math.max(end - this.#at, 0));
  }

  /** Takes everything. */
  takeAll(): Uint8Array {
    return this.#take(this.#bytes.length);
  }

  #take(count: number): Uint8Array {
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(taken.length);
    this.#at += taken.length;
    return taken;
  }
}
