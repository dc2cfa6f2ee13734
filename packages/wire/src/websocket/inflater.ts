import { constants, inflateRawSync } from "node:zlib";
import { NO_BYTES } from "../core/bytes.ts";

/** What compression may refer back to (RFC 7692 section 7.1.2.1). */
const WINDOW_BYTES = 32_768;
/** What a sender has left out of each message (RFC 7692 section 7.2.1). */
const TAIL = Uint8Array.of(0, 0, 0xff, 0xff);

/** Why a message is not there; `unknown`: it refers to something that this reader has not seen. */
export type InflateFault = "bad_compression" | "decompressed_too_large" | "unknown";

/** Decompresses the messages of one side, in their order. */
export interface Inflater {
  inflate(payload: Uint8Array): Uint8Array | InflateFault;
  /** A message was passed over: what refers to it can't be known. */
  forget(): void;
}

/**
 * Creates an inflater. `seenAll`: all of the side's messages will be given; `maxBytes` bounds what each may write.
 *
 * The newest contiguous output that is known serves as the dictionary. A reference beyond it is found out by zlib, so
 * that a message is either right or not there.
 */
export function createInflater(options: {
  readonly contextTakeover: boolean;
  readonly seenAll: boolean;
  readonly maxBytes: number;
}): Inflater {
  const { contextTakeover, maxBytes } = options;
  let window: Uint8Array = NO_BYTES;
  let complete = options.seenAll || !contextTakeover;
  const forget = () => {
    window = NO_BYTES;
    complete = !contextTakeover;
  };
  return {
    forget,
    inflate(payload) {
      const input = Buffer.concat([payload, TAIL]);
      const dictionary = window.length > 0 ? { dictionary: window } : {};
      try {
        const finishFlush = constants.Z_SYNC_FLUSH;
        // A limit of zero would mean none.
        const output = inflateRawSync(input, { ...dictionary, finishFlush, maxOutputLength: Math.max(maxBytes, 1) });
        if (output.length > maxBytes) throw new RangeError("longer than a limit of zero");
        if (contextTakeover) window = Buffer.concat([window, output.subarray(-WINDOW_BYTES)]).subarray(-WINDOW_BYTES);
        return output;
      } catch (error) {
        const wasComplete = complete;
        forget();
        if (error instanceof RangeError) return "decompressed_too_large";
        const refersBack = error instanceof Error && error.message.includes("too far back");
        return refersBack && !wasComplete ? "unknown" : "bad_compression";
      }
    },
  };
}
