import { GrowingBuffer } from "./growing-buffer.ts";

/** What the bytes from some position on may be. */
export type ResyncGuess = "units" | "not-units" | "too-few-bytes";

/** Judges whether a run of a protocol's units (frames, messages, operations) begins at a position. */
export type GuessUnits = (bytes: Uint8Array, start: number) => ResyncGuess;

/**
 * Finds the first position at which units seem to begin, in input that was joined anywhere. What is kept is bounded by
 * how far `guess` looks ahead before it decides; the cuts of the input make no difference to what is found.
 */
export class ResyncSearch {
  readonly #guess: GuessUnits;
  readonly #kept = new GrowingBuffer();

  constructor(guess: GuessUnits) {
    this.#guess = guess;
  }

  /** Takes more bytes; returns what was kept from the found position on, or `undefined` while there is none. */
  push(chunk: Uint8Array): Uint8Array | undefined {
    this.#kept.append(chunk);
    const kept = this.#kept.bytes;
    let at = 0;
    let guess = this.#guess(kept, at);
    while (guess === "not-units") guess = this.#guess(kept, ++at);
    if (guess === "too-few-bytes") {
      this.#kept.drop(at);
      return undefined;
    }
    const found = kept.slice(at);
    this.#kept.release();
    return found;
  }
}
