const BLOCK_BYTES = 1_048_576;

interface Block {
  readonly memory: ArrayBuffer;
  used: number;
  /** Pieces in it that were not forgotten. */
  pieces: number;
}

/**
 * Keeps pieces of bytes in blocks of memory that are used again once all their pieces are forgotten, the oldest first:
 * traffic that had new memory for each piece would be slowed down by the collection of garbage more than by all decoding.
 * Views of forgotten pieces become empty; they never show other bytes.
 */
export class ByteLog {
  readonly #blocks: Block[] = [];
  #spare: ArrayBuffer | undefined;

  /** Copies the bytes; returns them where they are kept now. */
  keep(bytes: Uint8Array): Uint8Array {
    let block = this.#blocks.at(-1);
    if (block === undefined || block.used + bytes.length > block.memory.byteLength) block = this.#open(bytes.length);
    const kept = new Uint8Array(block.memory, block.used, bytes.length);
    kept.set(bytes);
    block.used += bytes.length;
    block.pieces += 1;
    return kept;
  }

  /** Forgets the oldest piece, which is this one; of a piece that another log keeps, nothing is to be forgotten. */
  forget(piece: Uint8Array): void {
    const oldest = this.#blocks[0];
    if (oldest?.memory !== piece.buffer) return;
    oldest.pieces -= 1;
    if (oldest.pieces > 0) return;
    this.#blocks.shift();
    // Moves the memory and leaves the views without it.
    this.#spare = oldest.memory.transfer();
  }

  #open(bytes: number): Block {
    const spare = this.#spare;
    const isEnough = spare !== undefined && spare.byteLength >= bytes;
    const memory = isEnough ? spare : new ArrayBuffer(Math.max(BLOCK_BYTES, bytes));
    this.#spare = undefined;
    const block = { memory, used: 0, pieces: 0 };
    this.#blocks.push(block);
    return block;
  }
}
