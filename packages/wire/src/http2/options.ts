import { wholeNumber } from "../core/limits.ts";
import type { HpackDecoderOptions } from "../hpack/index.ts";
import { DEFAULT_MAX_FRAME_BYTES, LARGEST_FRAME_BYTES } from "./constants.ts";

/** Where a decoder's input begins. */
export type FrameStart =
  /** At the client's connection preface. */
  | "preface"
  /** At a frame: a server's side, or a client's behind its preface. */
  | "frame"
  /** Anywhere: the decoder looks for a run of plausible frames. */
  | "anywhere";

/** Options of {@link createFrameDecoder}. */
export interface FrameDecoderOptions {
  /** Where the input begins. Default `frame`. */
  readonly start?: FrameStart;
  /** Largest payload that is decoded, in bytes; it bounds the memory for a frame in parts. Default 1,048,576. */
  readonly maxFrameBytes?: number;
  /** Settings in one SETTINGS frame. Default 64: a few dozen are registered. */
  readonly maxSettings?: number;
  /** Frames in a row that must look right before a decoder that joined anywhere trusts them. Default 4. */
  readonly resyncFrames?: number;
}

/** {@link FrameDecoderOptions} with every default filled in. */
export type ResolvedFrameDecoderOptions = Required<FrameDecoderOptions>;

/**
 * Fills in the defaults.
 *
 * @throws RangeError when a value is out of its range.
 */
export function resolveFrameDecoderOptions(options: FrameDecoderOptions = {}): ResolvedFrameDecoderOptions {
  const { start = "frame", maxFrameBytes = 1_048_576, maxSettings = 64, resyncFrames = 4 } = options;
  return {
    start,
    maxFrameBytes: wholeNumber("maxFrameBytes", maxFrameBytes, {
      min: DEFAULT_MAX_FRAME_BYTES,
      max: LARGEST_FRAME_BYTES,
    }),
    maxSettings: wholeNumber("maxSettings", maxSettings, { min: 1, max: 1024 }),
    resyncFrames: wholeNumber("resyncFrames", resyncFrames, { min: 2, max: 16 }),
  };
}

/** Options of {@link createHttp2Connection}. */
export interface Http2ConnectionOptions
  extends Omit<FrameDecoderOptions, "start">,
    Omit<HpackDecoderOptions, "initialTable"> {
  /**
   * `start`: both directions are seen from their first byte. `middle`: they are joined later, so that table entries,
   * windows and the state of older streams are unknown. Default `start`.
   */
  readonly join?: "start" | "middle";
  /** One header block in all its frames, in encoded bytes. Default 262,144. */
  readonly maxHeaderBlockBytes?: number;
  /** CONTINUATION frames of one header block. Default 128. */
  readonly maxContinuations?: number;
  /** Streams tracked at once; of those beyond, frames and headers are decoded, states and windows are not kept. Default 1,024. */
  readonly maxStreams?: number;
  /** SETTINGS frames of one side that may wait for acknowledgement. Default 32. */
  readonly maxPendingSettings?: number;
}

/** {@link Http2ConnectionOptions} with every default of its own filled in; the others are resolved where they are used. */
export interface ResolvedHttp2ConnectionOptions {
  readonly join: "start" | "middle";
  readonly maxHeaderBlockBytes: number;
  readonly maxContinuations: number;
  readonly maxStreams: number;
  readonly maxPendingSettings: number;
}

/**
 * Fills in the defaults.
 *
 * @throws RangeError when a value is out of its range.
 */
export function resolveHttp2ConnectionOptions(options: Http2ConnectionOptions = {}): ResolvedHttp2ConnectionOptions {
  const { join = "start", maxHeaderBlockBytes = 262_144, maxContinuations = 128 } = options;
  const { maxStreams = 1024, maxPendingSettings = 32 } = options;
  return {
    join,
    maxHeaderBlockBytes: wholeNumber("maxHeaderBlockBytes", maxHeaderBlockBytes, { min: 1, max: 2 ** 28 }),
    maxContinuations: wholeNumber("maxContinuations", maxContinuations, { min: 0, max: 65_536 }),
    maxStreams: wholeNumber("maxStreams", maxStreams, { min: 1, max: 1_048_576 }),
    maxPendingSettings: wholeNumber("maxPendingSettings", maxPendingSettings, { min: 1, max: 1024 }),
  };
}
