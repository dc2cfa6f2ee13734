import { latin1, NO_BYTES } from "../core/bytes.ts";
import { readHuffman } from "./huffman.ts";

/** Indexes and lengths from 2^28 on are refused: no block here is that long (RFC 7541 section 5.1 asks for a limit). */
const MAX_INTEGER = 2 ** 28 - 1;
/** The limit is reached within four continuation bytes; one more is accepted if it adds nothing. */
const MAX_SHIFT = 28;

/** Why a read failed. */
export type ReadFault = "truncated" | "integer_overflow" | "bad_huffman";

/** Reads the two primitives of a header block (RFC 7541 section 5). One reader serves all blocks. */
export class BlockReader {
  at = 0;
  end = 0;
  /** Set by the read that failed; what it returned is then meaningless. */
  fault: ReadFault | undefined;
  #bytes: Uint8Array = NO_BYTES;

  start(block: Uint8Array): void {
    this.#bytes = block;
    this.at = 0;
    this.end = block.length;
    this.fault = undefined;
  }

  /** The byte at the position, which must lie before the end. */
  peek(): number {
    return this.#bytes[this.at] as number;
  }

  /** An integer whose first `prefixBits` bits are the low ones of the byte at the position (section 5.1). */
  integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    if (this.at >= this.end) return this.#fail("truncated");
    let value = (this.#bytes[this.at++] as number) & mask;
    if (value < mask) return value;
    for (let shift = 0; ; shift += 7) {
      if (this.at >= this.end) return this.#fail("truncated");
      const byte = this.#bytes[this.at++] as number;
      // Zeros may pad an integer for ever: past the limit they are refused as well.
      if (shift > MAX_SHIFT || (shift === MAX_SHIFT && byte !== 0)) return this.#fail("integer_overflow");
      value += (byte & 0x7f) << shift;
      if (value > MAX_INTEGER) return this.#fail("integer_overflow");
      if (byte < 0x80) return value;
    }
  }

  /** A string, one character a byte (section 5.2). */
  string(): string {
    const huffman = this.at < this.end && this.peek() >= 0x80;
    const length = this.integer(7);
    if (this.fault !== undefined) return "";
    if (length > this.end - this.at) {
      this.#fail("truncated");
      return "";
    }
    const start = this.at;
    this.at += length;
    if (!huffman) return latin1(this.#bytes, start, this.at);
    const text = readHuffman(this.#bytes, start, this.at);
    if (text === undefined) this.#fail("bad_huffman");
    return text ?? "";
  }

  #fail(fault: ReadFault): number {
    this.fault = fault;
    return 0;
  }
}
