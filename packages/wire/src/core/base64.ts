import { NO_BYTES } from "./bytes.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const INVALID = 0xff;
const PAD = "=".charCodeAt(0);

const VALUES = new Uint8Array(256).fill(INVALID);
for (let value = 0; value < ALPHABET.length; value++) VALUES[ALPHABET.charCodeAt(value)] = value;

/** Decodes base64 that arrives in parts and may be padded in the middle, as gRPC-Web's text format is (RFC 4648). */
export interface Base64Decoder {
  /** The bytes that are complete; none from the character on that is not base64. */
  push(text: Uint8Array): Uint8Array;
  /** Whether the text has held something that is not base64. */
  readonly failed: boolean;
  /** Whether the text so far ends inside a group of four. */
  readonly unfinished: boolean;
}

/** Creates a decoder: every group of four characters stands for itself, padded or not. */
export function createBase64Decoder(): Base64Decoder {
  return new Decoder();
}

/** Decodes one text, padded or not; `undefined` when it is not base64. */
export function fromBase64(text: string): Uint8Array | undefined {
  const bare = text.replace(/=+$/, "");
  if (!/^[A-Za-z0-9+/]*$/.test(bare) || bare.length % 4 === 1) return undefined;
  const padded = bare.padEnd(Math.ceil(bare.length / 4) * 4, "=");
  return createBase64Decoder().push(Uint8Array.from(padded, (character) => character.charCodeAt(0)));
}

class Decoder implements Base64Decoder {
  #bits = 0;
  /** Characters of the group so far, and how many of them are padding. */
  #characters = 0;
  #padding = 0;
  failed = false;

  get unfinished(): boolean {
    return this.#characters > 0;
  }

  push(text: Uint8Array): Uint8Array {
    const target = text.length === 0 ? NO_BYTES : new Uint8Array(Math.ceil((text.length + 3) / 4) * 3);
    let length = 0;
    for (const character of text) {
      if (this.failed || !this.#take(character)) break;
      if (this.#characters < 4) continue;
      for (let byte = 0; byte < 3 - this.#padding; byte++) target[length++] = this.#bits >>> (16 - byte * 8);
      this.#bits = 0;
      this.#characters = 0;
      this.#padding = 0;
    }
    return target.subarray(0, length);
  }

  #take(character: number): boolean {
    const isPad = character === PAD;
    const value = isPad ? 0 : (VALUES[character] as number);
    // Padding stands only at the end of a group, behind two characters at least.
    if (value === INVALID || (isPad && this.#characters < 2) || (!isPad && this.#padding > 0)) this.failed = true;
    if (isPad) this.#padding++;
    this.#bits = (this.#bits << 6) | value;
    this.#characters++;
    return !this.failed;
  }
}
