import { wholeNumber } from "../core/limits.ts";
import type { PerMessageDeflate } from "./handshake.ts";

/** Options of {@link createWebSocketConnection}. */
export interface WebSocketConnectionOptions {
  /** `start`: both sides are seen from the first byte behind the handshake; `middle`: not. Default `start`. */
  readonly join?: "start" | "middle";
  /**
   * What the handshake negotiated (RFC 7692), see {@link readWebSocketHandshake}. Default `unknown`: a compressed message
   * is shown as such, without its content.
   */
  readonly deflate?: PerMessageDeflate | "none" | "unknown";
  /** Largest payload of a frame that is decoded, in bytes. Default 1,048,576. */
  readonly maxFrameBytes?: number;
  /** Largest message, in bytes, as it is on the wire and again once decompressed. Default 4,194,304. */
  readonly maxMessageBytes?: number;
  /** Frames in a row that must look right before a decoder that joined in the middle trusts them. Default 6. */
  readonly resyncFrames?: number;
}

/** {@link WebSocketConnectionOptions} with every default filled in. */
export type ResolvedWebSocketConnectionOptions = Required<WebSocketConnectionOptions>;

/**
 * Fills in the defaults.
 *
 * @throws RangeError when a value is out of its range.
 */
export function resolveWebSocketConnectionOptions(
  options: WebSocketConnectionOptions = {},
): ResolvedWebSocketConnectionOptions {
  const { join = "start", deflate = "unknown", maxFrameBytes = 1_048_576 } = options;
  const { maxMessageBytes = 4_194_304, resyncFrames = 6 } = options;
  return {
    join,
    deflate,
    maxFrameBytes: wholeNumber("maxFrameBytes", maxFrameBytes, { min: 125, max: 2 ** 30 }),
    maxMessageBytes: wholeNumber("maxMessageBytes", maxMessageBytes, { min: 0, max: 2 ** 30 }),
    resyncFrames: wholeNumber("resyncFrames", resyncFrames, { min: 2, max: 32 }),
  };
}
