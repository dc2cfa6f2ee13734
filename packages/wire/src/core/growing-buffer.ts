import { NO_BYTES } from "./bytes.ts";

/** Bytes that arrive in parts. Its owner bounds it; it grows by doubling and keeps its memory until `release`. */
export class GrowingBuffer {
  #memory = NO_BYTES;
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** A view that holds until the next `append`. */
  get bytes(): Uint8Array {
    return this.#memory.subarray(this.#start, this.#end);
  }

  append(part: Uint8Array): void {
    if (this.#end + part.length > this.#memory.length) this.#makeRoom(part.length);
    this.#memory.set(part, this.#end);
    this.#end += part.length;
  }

  /** Makes room for so many bytes in all, so that appending them moves nothing. */
  reserve(bytes: number): void {
    if (bytes > this.#memory.length) this.#move(new Uint8Array(bytes));
  }

  /** Removes bytes from the front. */
  drop(count: number): void {
    this.#start += count;
    if (this.#start === this.#end) this.clear();
  }

  clear(): void {
    this.#start = 0;
    this.#end = 0;
  }

  /** Empties the buffer and gives its memory back. */
  release(): void {
    this.clear();
    this.#memory = NO_BYTES;
  }

  #makeRoom(more: number): void {
    const needed = this.length + more;
    // Moving within the memory pays only when it frees a good part of it.
    this.#move(needed * 2 <= this.#memory.length ? this.#memory : new Uint8Array(Math.max(64, needed * 2)));
  }

  #move(target: Uint8Array<ArrayBuffer>): void {
    target.set(this.bytes, 0);
    this.#memory = target;
    this.#end = this.length;
    this.#start = 0;
  }
}
