import { NO_BYTES } from "./bytes.ts";
import { GrowingBuffer } from "./growing-buffer.ts";

/** Gives a message's bytes when they are asked for; `null`: the memory that they were seen in is gone. */
export type ReadPayload = () => Uint8Array | null;

/** A shorter part is copied: a view takes more memory than that, and keeps the memory around it. */
const MIN_VIEW_BYTES = 4096;

/** The parts of a message, joined only when somebody asks: for large messages that costs more than all other decoding. */
export class PayloadParts {
  #parts: Uint8Array[] = [];
  readonly #copied = new GrowingBuffer();

  /** Takes a part, of which there may be many. */
  append(part: Uint8Array): void {
    if (part.length < MIN_VIEW_BYTES) this.#copied.append(part);
    else this.hold(part);
  }

  /** Takes a part without copying it, however short. */
  hold(part: Uint8Array): void {
    this.#closeCopied();
    // An array that is pushed to has room for 17: most messages have one part, and many are kept.
    if (this.#parts.length === 0) this.#parts = [part];
    else this.#parts.push(part);
  }

  /** Hands over what was appended and begins anew. */
  take(): ReadPayload {
    this.#closeCopied();
    let parts = this.#parts;
    this.#parts = [];
    return () => {
      const joined = join(parts);
      if (joined !== null) parts = [joined];
      return joined;
    };
  }

  #closeCopied(): void {
    if (this.#copied.length > 0) this.#parts.push(this.#copied.bytes);
    this.#copied.release();
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array | null {
  if (parts.some(isGone)) return null;
  const [only = NO_BYTES] = parts;
  if (parts.length <= 1) return only;
  const joined = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function isGone({ buffer }: Uint8Array): boolean {
  return buffer instanceof ArrayBuffer && buffer.detached;
}
