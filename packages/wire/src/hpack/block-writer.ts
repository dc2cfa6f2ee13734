import { NO_BYTES, writeLatin1 } from "../core/bytes.ts";
import { huffmanLength, writeHuffman } from "./huffman.ts";

/** Bytes that an index or a length takes at most: it is below 2^32. */
export const MAX_INTEGER_BYTES = 6;

/** Writes the two primitives of a header block (RFC 7541 section 5). One writer serves all blocks, allocating nothing. */
export class BlockWriter {
  target: Uint8Array = NO_BYTES;
  at = 0;
  readonly #huffman: boolean;

  constructor(huffman: boolean) {
    this.#huffman = huffman;
  }

  /** An integer behind the bits of `pattern`, whose low `prefixBits` bits are clear (section 5.1). */
  integer(pattern: number, prefixBits: number, value: number): void {
    const mask = (1 << prefixBits) - 1;
    if (value < mask) {
      this.target[this.at++] = pattern | value;
      return;
    }
    this.target[this.at++] = pattern | mask;
    let rest = value - mask;
    while (rest >= 0x80) {
      this.target[this.at++] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.target[this.at++] = rest;
  }

  /** A string, Huffman-coded unless that makes it longer (section 5.2). */
  string(text: string): void {
    const coded = this.#huffman ? huffmanLength(text) : Number.POSITIVE_INFINITY;
    if (coded <= text.length) {
      this.integer(0x80, 7, coded);
      this.at = writeHuffman(this.target, this.at, text);
    } else {
      this.integer(0x00, 7, text.length);
      this.at = writeLatin1(this.target, this.at, text);
    }
  }
}
