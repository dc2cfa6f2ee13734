import { readUint32, utf8 } from "../core/bytes.ts";

/** Reads the fields of one message in their order. What is not there reads as 0 or nothing, and is noted. */
export class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** Whether something was read that is not there. */
  short = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** The next byte as a character. */
  character(): string {
    return this.#has(1) ? String.fromCharCode(this.#bytes[this.#at++] as number) : "";
  }

  int16(): number {
    if (!this.#has(2)) return 0;
    this.#at += 2;
    return ((this.#bytes[this.#at - 2] as number) << 8) | (this.#bytes[this.#at - 1] as number);
  }

  int32(): number {
    if (!this.#has(4)) return 0;
    this.#at += 4;
    return readUint32(this.#bytes, this.#at - 4);
  }

  /** A text that ends with NUL. */
  text(): string {
    const found = this.#bytes.indexOf(0, this.#at);
    const end = found < 0 ? this.#bytes.length : found;
    if (found < 0) this.short = true;
    const text = utf8(this.#bytes.subarray(this.#at, end));
    this.#at = Math.min(end + 1, this.#bytes.length);
    return text;
  }

  skip(bytes: number): void {
    if (this.#has(bytes)) this.#at += bytes;
  }

  #has(bytes: number): boolean {
    if (this.left >= bytes) return true;
    this.short = true;
    this.#at = this.#bytes.length;
    return false;
  }
}
