import { readUint32 } from "../core/bytes.ts";
import type { ResyncGuess } from "../core/resync-search.ts";
import { FLAG, FRAME_HEADER_BYTES, FRAME_TYPE, MAX_31_BITS } from "./constants.ts";

/**
 * Larger frames are not looked for: it bounds what has to be kept of the input, and the largest frame is followed by
 * smaller ones soon.
 */
const MAX_FRAME_BYTES = 65_536;

/**
 * Judges whether a run of `count` frame headers begins at `start`: each of a known type with only that type's flags, a
 * possible length, and a stream identifier where and only where one belongs. By chance that holds for one position in
 * 10^5 for one header, for four in a row for none that anyone will see.
 */
export function guessFrames(bytes: Uint8Array, start: number, count: number): ResyncGuess {
  let at = start;
  for (let frame = 0; frame < count; frame++) {
    if (at + FRAME_HEADER_BYTES > bytes.length) return "too-few-bytes";
    if (!isPlausible(bytes, at)) return "not-units";
    at += FRAME_HEADER_BYTES + lengthAt(bytes, at);
  }
  return "units";
}

interface Shape {
  readonly flags: number;
  readonly stream: "always" | "never" | "either";
  readonly fits: (length: number, flags: number) => boolean;
}

const any = () => true;
const exactly = (bytes: number) => (length: number) => length === bytes;
const atLeast = (bytes: number) => (length: number) => length >= bytes;
/** DATA that says nothing is allowed, but nobody sends it, and a run of zeros in a payload looks just like it. */
const notInVain = (length: number, flags: number) => length > 0 || (flags & FLAG.END_STREAM) !== 0;
const HEADER_FLAGS = FLAG.END_HEADERS | FLAG.PADDED;

const SHAPES: ReadonlyMap<number, Shape> = new Map<number, Shape>([
  [FRAME_TYPE.DATA, { flags: FLAG.END_STREAM | FLAG.PADDED, stream: "always", fits: notInVain }],
  [FRAME_TYPE.HEADERS, { flags: HEADER_FLAGS | FLAG.END_STREAM | FLAG.PRIORITY, stream: "always", fits: atLeast(1) }],
  [FRAME_TYPE.PRIORITY, { flags: 0, stream: "always", fits: exactly(5) }],
  [FRAME_TYPE.RST_STREAM, { flags: 0, stream: "always", fits: exactly(4) }],
  [FRAME_TYPE.SETTINGS, { flags: FLAG.ACK, stream: "never", fits: (length) => length % 6 === 0 }],
  [FRAME_TYPE.PUSH_PROMISE, { flags: HEADER_FLAGS, stream: "always", fits: atLeast(5) }],
  [FRAME_TYPE.PING, { flags: FLAG.ACK, stream: "never", fits: exactly(8) }],
  [FRAME_TYPE.GOAWAY, { flags: 0, stream: "never", fits: atLeast(8) }],
  [FRAME_TYPE.WINDOW_UPDATE, { flags: 0, stream: "either", fits: exactly(4) }],
  [FRAME_TYPE.CONTINUATION, { flags: FLAG.END_HEADERS, stream: "always", fits: any }],
  [FRAME_TYPE.PRIORITY_UPDATE, { flags: 0, stream: "never", fits: atLeast(4) }],
]);

function isPlausible(bytes: Uint8Array, at: number): boolean {
  const length = lengthAt(bytes, at);
  const shape = SHAPES.get(bytes[at + 3] as number);
  const streamId = readUint32(bytes, at + 5);
  if (shape === undefined || length > MAX_FRAME_BYTES || streamId > MAX_31_BITS) return false;
  const flags = bytes[at + 4] as number;
  if ((flags & ~shape.flags) !== 0) return false;
  if (shape.stream !== "either" && streamId > 0 !== (shape.stream === "always")) return false;
  return shape.fits(length, flags);
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) >>> 8;
}
