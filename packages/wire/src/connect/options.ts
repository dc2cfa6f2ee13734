import { wholeNumber } from "../core/limits.ts";

/** Options of {@link createConnectStreamDecoder}. */
export interface ConnectStreamDecoderOptions {
  /** The value of `connect-content-encoding`. Default `identity`. */
  readonly encoding?: string;
  /** A response must end with an end-of-stream envelope, a request has none. Default `response`. */
  readonly direction?: "request" | "response";
  /** Limit on one message, in bytes, as it is on the wire and again once decompressed. Default 4,194,304. */
  readonly maxMessageBytes?: number;
}

/** {@link ConnectStreamDecoderOptions} with every default filled in. */
export type ResolvedConnectStreamDecoderOptions = Required<ConnectStreamDecoderOptions>;

/**
 * Fills in the defaults.
 *
 * @throws RangeError when a value is out of its range.
 */
export function resolveConnectStreamDecoderOptions(
  options: ConnectStreamDecoderOptions = {},
): ResolvedConnectStreamDecoderOptions {
  const { encoding = "identity", direction = "response", maxMessageBytes = 4_194_304 } = options;
  return {
    encoding,
    direction,
    maxMessageBytes: wholeNumber("maxMessageBytes", maxMessageBytes, { min: 0, max: 2 ** 30 }),
  };
}
