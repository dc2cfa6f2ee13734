import { wholeNumber } from "../core/limits.ts";

/** Table size at the start of a connection, in bytes (RFC 9113 section 6.5.2, SETTINGS_HEADER_TABLE_SIZE). */
export const DEFAULT_TABLE_BYTES = 4096;

const MAX_UINT32 = 0xffff_ffff;

/** Options of {@link createHpackDecoder}. */
export interface HpackDecoderOptions {
  /**
   * `empty`: the decoder sees the connection from its first block. `unknown`: it joins later, so that older entries of
   * the dynamic table are not known. Default `empty`.
   */
  readonly initialTable?: "empty" | "unknown";
  /** Limit on one decoded list, in bytes by the count of RFC 9113 section 6.5.2 (32 a field added). Default 65,536. */
  readonly maxHeaderListBytes?: number;
  /**
   * Memory for the dynamic table, in bytes by the count of RFC 7541 section 4.1. A peer that uses a larger table is
   * still decoded; entries older than these bytes are then unknown. Default 65,536.
   */
  readonly maxTableBytes?: number;
}

/** {@link HpackDecoderOptions} with every default filled in. */
export type ResolvedHpackDecoderOptions = Required<HpackDecoderOptions>;

/**
 * Fills in the defaults.
 *
 * @throws RangeError when a value is out of its range.
 */
export function resolveHpackDecoderOptions(options: HpackDecoderOptions = {}): ResolvedHpackDecoderOptions {
  const { initialTable = "empty", maxHeaderListBytes = 65_536, maxTableBytes = 65_536 } = options;
  return {
    initialTable,
    maxHeaderListBytes: wholeNumber("maxHeaderListBytes", maxHeaderListBytes, { min: 0, max: MAX_UINT32 }),
    maxTableBytes: wholeNumber("maxTableBytes", maxTableBytes, { min: 0, max: MAX_UINT32 }),
  };
}

/** Options of {@link createHpackEncoder}. */
export interface HpackEncoderOptions {
  /** Largest dynamic table to use even where the peer allows more, in bytes. Default 4,096. */
  readonly maxTableBytes?: number;
  /** Huffman-code each string that does not become longer by it. Default true. */
  readonly huffman?: boolean;
}

/** {@link HpackEncoderOptions} with every default filled in. */
export type ResolvedHpackEncoderOptions = Required<HpackEncoderOptions>;

/**
 * Fills in the defaults.
 *
 * @throws RangeError when a value is out of its range.
 */
export function resolveHpackEncoderOptions(options: HpackEncoderOptions = {}): ResolvedHpackEncoderOptions {
  const { maxTableBytes = DEFAULT_TABLE_BYTES, huffman = true } = options;
  return { maxTableBytes: wholeNumber("maxTableBytes", maxTableBytes, { min: 0, max: MAX_UINT32 }), huffman };
}
