import { readUint32 } from "../core/bytes.ts";
import type { ResyncGuess } from "../core/resync-search.ts";
import type { Side } from "../core/side.ts";

/** Types of messages. */
export const TYPES: Readonly<Record<Side, string>> = {
  client: "BCDEFHPQSXcdfp",
  server: "123ACDEGHIKNRSTVWZcdnstv",
};

/** Larger messages are not looked for: it bounds what has to be kept of the input. */
const MAX_MESSAGE_BYTES = 65_536;
const HEADER_BYTES = 5;

/** Types whose length is always 4: nothing stands behind it. */
const EMPTY: Readonly<Record<Side, string>> = { client: "HSXc", server: "123Icns" };
/** Types whose last byte is always NUL. */
const TERMINATED: Readonly<Record<Side, string>> = { client: "CDQf", server: "ACENS" };

/** Judges whether a run of `count` messages begins at `start`: by types, lengths, and what they must end with. */
export function guessMessages(bytes: Uint8Array, start: number, run: { side: Side; count: number }): ResyncGuess {
  let at = start;
  for (let message = 0; message < run.count; message++) {
    if (at >= bytes.length) return "too-few-bytes";
    const type = String.fromCharCode(bytes[at] as number);
    if (!TYPES[run.side].includes(type)) return "not-units";
    if (at + HEADER_BYTES > bytes.length) return "too-few-bytes";
    const length = readUint32(bytes, at + 1);
    if (length < 4 || length > MAX_MESSAGE_BYTES) return "not-units";
    if (EMPTY[run.side].includes(type) !== (length === 4)) return "not-units";
    if (run.side === "server" && type === "Z" && length !== 5) return "not-units";
    at += length + 1;
    if (at > bytes.length) return "too-few-bytes";
    if (TERMINATED[run.side].includes(type) && bytes[at - 1] !== 0) return "not-units";
  }
  return "units";
}
