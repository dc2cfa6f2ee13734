import { latin1 } from "../core/bytes.ts";
import { CODE_LENGTHS, CODES, EOS } from "./huffman-code.ts";

/** Two steps a byte: the table of a decoder that takes four bits at a time fits in 16 KiB. */
const STEP_BITS = 4;
const STEPS = 1 << STEP_BITS;
const EMITS = 1 << 16;
const FAILS = 1 << 17;
const SYMBOL_SHIFT = 8;
/** Padding is at most seven bits long (RFC 7541 section 5.2). */
const MAX_PADDING_BITS = 7;
const ROOT = 0;

const { transitions, mayEnd } = buildDecoder();
/** Reused between calls, which never overlap; longer strings get memory of their own. */
const scratch = new Uint8Array(4096);

/** Bytes that `text` takes when Huffman-coded (RFC 7541 section 5.2). Takes characters up to U+00FF. */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += CODE_LENGTHS[text.charCodeAt(i)] as number;
  return (bits + 7) >>> 3;
}

/** Writes `text` Huffman-coded and returns the position after it. Takes characters up to U+00FF. */
export function writeHuffman(target: Uint8Array, at: number, text: string): number {
  let position = at;
  let held = 0;
  let heldBits = 0;
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i);
    let code = CODES[symbol] as number;
    let length = CODE_LENGTHS[symbol] as number;
    if (length > 16) {
      // At most 7 + 14 bits here and 7 + 16 below: both stay inside 32 bits.
      held = (held << (length - 16)) | (code >>> 16);
      heldBits += length - 16;
      while (heldBits >= 8) {
        heldBits -= 8;
        target[position++] = held >>> heldBits;
      }
      code &= 0xffff;
      length = 16;
    }
    held = (held << length) | code;
    heldBits += length;
    while (heldBits >= 8) {
      heldBits -= 8;
      target[position++] = held >>> heldBits;
    }
  }
  // The last byte is filled with the most significant bits of EOS, all ones.
  if (heldBits > 0) target[position++] = (held << (8 - heldBits)) | (0xff >>> heldBits);
  return position;
}

/**
 * Reads a Huffman-coded string.
 *
 * @returns the text, one character a byte, or `undefined` when the coding is wrong: EOS in the string, padding longer
 * than seven bits or padding that is not ones (RFC 7541 section 5.2).
 */
export function readHuffman(bytes: Uint8Array, start: number, end: number): string | undefined {
  // The shortest code has five bits.
  const longest = Math.floor(((end - start) * 8) / 5);
  const output = longest <= scratch.length ? scratch : new Uint8Array(longest);
  let length = 0;
  let state = ROOT;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    const high = transitions[state * STEPS + (byte >>> STEP_BITS)] as number;
    if (high & EMITS) output[length++] = high >>> SYMBOL_SHIFT;
    const low = transitions[(high & 0xff) * STEPS + (byte & (STEPS - 1))] as number;
    if (low & EMITS) output[length++] = low >>> SYMBOL_SHIFT;
    if ((high | low) & FAILS) return undefined;
    state = low & 0xff;
  }
  return mayEnd[state] === 1 ? latin1(output, 0, length) : undefined;
}

/**
 * Turns the code into a machine over four bits at a time. A state is an inner node of the code tree (there are 256 for
 * 257 symbols); a transition packs the next state, the symbol that was completed on the way, if any, and a failure bit.
 * No code is shorter than four bits, so a step completes one symbol at most.
 */
function buildDecoder(): { transitions: Uint32Array; mayEnd: Uint8Array } {
  const children: [number, number][] = [[0, 0]];
  for (let symbol = 0; symbol <= EOS; symbol++) insert(children, symbol);

  const transitions = new Uint32Array(children.length * STEPS);
  for (let state = 0; state < children.length; state++) {
    for (let bits = 0; bits < STEPS; bits++) transitions[state * STEPS + bits] = step(children, state, bits);
  }
  const mayEnd = new Uint8Array(children.length);
  for (let bits = 0, node = ROOT; bits <= MAX_PADDING_BITS; bits++) {
    mayEnd[node] = 1;
    node = children[node]?.[1] as number;
  }
  return { transitions, mayEnd };
}

/** Children are inner nodes when positive, leaves (minus symbol minus one) when negative. */
function insert(children: [number, number][], symbol: number): void {
  const code = CODES[symbol] as number;
  let node = ROOT;
  for (let bit = (CODE_LENGTHS[symbol] as number) - 1; bit > 0; bit--) {
    const pair = children[node] as [number, number];
    const side = (code >>> bit) & 1;
    if (pair[side] === 0) pair[side] = children.push([0, 0]) - 1;
    node = pair[side] as number;
  }
  (children[node] as [number, number])[code & 1] = -symbol - 1;
}

function step(children: readonly [number, number][], from: number, bits: number): number {
  let node = from;
  let emitted = 0;
  for (let bit = STEP_BITS - 1; bit >= 0; bit--) {
    const next = children[node]?.[(bits >>> bit) & 1] as number;
    if (next >= 0) {
      node = next;
      continue;
    }
    const symbol = -next - 1;
    if (symbol === EOS) return FAILS;
    emitted = EMITS | (symbol << SYMBOL_SHIFT);
    node = ROOT;
  }
  return emitted | node;
}
