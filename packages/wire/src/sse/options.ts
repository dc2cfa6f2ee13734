import { wholeNumber } from "../core/limits.ts";

/** Options of {@link createSseDecoder}. */
export interface SseDecoderOptions {
  /** `middle`: the first bytes may lie inside an event, which is passed over. Default `start`. */
  readonly join?: "start" | "middle";
  /** One line, in bytes. Default 1,048,576. */
  readonly maxLineBytes?: number;
  /** The data of one event, in bytes. Default 4,194,304. */
  readonly maxEventBytes?: number;
}

/** {@link SseDecoderOptions} with every default filled in. */
export type ResolvedSseDecoderOptions = Required<SseDecoderOptions>;

/**
 * Fills in the defaults.
 *
 * @throws RangeError when a value is out of its range.
 */
export function resolveSseDecoderOptions(options: SseDecoderOptions = {}): ResolvedSseDecoderOptions {
  const { join = "start", maxLineBytes = 1_048_576, maxEventBytes = 4_194_304 } = options;
  return {
    join,
    maxLineBytes: wholeNumber("maxLineBytes", maxLineBytes, { min: 16, max: 2 ** 28 }),
    maxEventBytes: wholeNumber("maxEventBytes", maxEventBytes, { min: 0, max: 2 ** 28 }),
  };
}
