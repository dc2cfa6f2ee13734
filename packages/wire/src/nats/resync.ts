import { latin1 } from "../core/bytes.ts";
import type { ResyncGuess } from "../core/resync-search.ts";
import type { Side } from "../core/side.ts";
import { hasContent, parseNatsLine } from "./line.ts";

/** Longer lines and larger payloads are not looked for: it bounds what has to be kept of the input. */
const MAX_LINE_BYTES = 4096;
const MAX_PAYLOAD_BYTES = 65_536;
const CR = 0x0d;
const LF = 0x0a;

/** Judges whether a run of `count` operations begins at `start`, payloads and their ends included. */
export function guessOperations(bytes: Uint8Array, start: number, run: { side: Side; count: number }): ResyncGuess {
  let at = start;
  for (let operation = 0; operation < run.count; operation++) {
    // No operation begins with anything else, and most bytes of a payload end here.
    if (at < bytes.length && !isVerb(bytes[at] as number)) return "not-units";
    const found = bytes.subarray(at, at + MAX_LINE_BYTES).indexOf(LF);
    if (found < 0) return bytes.length - at >= MAX_LINE_BYTES ? "not-units" : "too-few-bytes";
    const end = at + found;
    const line = end > at && bytes[end - 1] === CR ? parseNatsLine(run.side, latin1(bytes, at, end - 1)) : undefined;
    if (line === undefined || typeof line === "string") return "not-units";
    at = end + 1;
    if (!hasContent(line)) continue;
    if (line.totalBytes > MAX_PAYLOAD_BYTES) return "not-units";
    at += line.totalBytes + 2;
    if (at > bytes.length) return "too-few-bytes";
    if (bytes[at - 2] !== CR || bytes[at - 1] !== LF) return "not-units";
  }
  return "units";
}

/** `+`, `-` or the first letter of an operation. */
function isVerb(byte: number): boolean {
  return byte === 0x2b || byte === 0x2d || "CHIMPSU".includes(String.fromCharCode(byte & 0xdf));
}
