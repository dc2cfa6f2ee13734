import { readUint32 } from "../core/bytes.ts";
import type { ResyncGuess } from "../core/resync-search.ts";
import type { Side } from "../core/side.ts";
import { isControl, MAX_CONTROL_BYTES, OPCODE, opcodeName } from "./constants.ts";

/** Larger frames are not looked for: it bounds what has to be kept of the input. */
const MAX_FRAME_BYTES = 65_536;

interface Plausible {
  readonly opcode: number;
  readonly fin: boolean;
  /** Bytes of the whole frame. */
  readonly bytes: number;
}

/**
 * Judges whether a run of `count` frames begins at `start`: defined opcodes, masked as the side must, lengths in their
 * shortest form, fragments in order. By chance a header passes at one position in 30, six in a row at one in 10^9.
 */
export function guessFrames(bytes: Uint8Array, start: number, run: { side: Side; count: number }): ResyncGuess {
  let at = start;
  /** Whether a message is open; unknown in front of the first data frame. */
  let open: boolean | undefined;
  for (let frame = 0; frame < run.count; frame++) {
    const found = readHeader(bytes, at, run.side);
    if (typeof found === "string") return found;
    if (!isControl(found.opcode)) {
      const continues = found.opcode === OPCODE.CONTINUATION;
      if (open !== undefined && open !== continues) return "not-units";
      open = !found.fin;
    }
    at += found.bytes;
  }
  return "units";
}

function readHeader(bytes: Uint8Array, at: number, side: Side): Plausible | "not-units" | "too-few-bytes" {
  if (at >= bytes.length) return "too-few-bytes";
  const first = bytes[at] as number;
  const opcode = first & 0x0f;
  const fin = (first & 0x80) !== 0;
  const isStart = opcode === OPCODE.TEXT || opcode === OPCODE.BINARY;
  if (opcodeName(opcode) === "reserved" || (isControl(opcode) && !fin)) return "not-units";
  if ((first & 0x30) !== 0 || ((first & 0x40) !== 0 && !isStart)) return "not-units";
  if (at + 1 >= bytes.length) return "too-few-bytes";
  const second = bytes[at + 1] as number;
  if (((second & 0x80) !== 0) !== (side === "client")) return "not-units";
  const short = second & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  if (isControl(opcode) && short > MAX_CONTROL_BYTES) return "not-units";
  if (at + 2 + lengthBytes > bytes.length) return "too-few-bytes";
  const length = lengthBytes === 0 ? short : lengthAt(bytes, at + 2, lengthBytes);
  // An empty fragment is allowed, but nobody sends it, and a run of zeros looks just like it.
  if (length > MAX_FRAME_BYTES || (length === 0 && !fin)) return "not-units";
  if ((lengthBytes === 2 && length < 126) || (lengthBytes === 8 && length <= 0xffff)) return "not-units";
  return { opcode, fin, bytes: 2 + lengthBytes + (side === "client" ? 4 : 0) + length };
}

/** The extended length of 2 or 8 bytes; not exact beyond 2^53. */
export function lengthAt(bytes: Uint8Array, at: number, lengthBytes: number): number {
  if (lengthBytes === 2) return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  return readUint32(bytes, at) * 2 ** 32 + readUint32(bytes, at + 4);
}
