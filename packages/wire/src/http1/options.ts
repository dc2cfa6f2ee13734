import { wholeNumber } from "../core/limits.ts";

/** Options of {@link createHttp1Connection}. */
export interface Http1ConnectionOptions {
  /**
   * `start`: both directions are seen from their first byte. `middle`: they are joined later, so that the decoder looks
   * for the next message, and can only assume which request a response answers. Default `start`.
   */
  readonly join?: "start" | "middle";
  /** Start line and fields of one message, or one trailer section, in bytes. Default 65,536. */
  readonly maxHeadBytes?: number;
  /** Fields of one head or trailer section. Default 1,000. */
  readonly maxFields?: number;
  /** A chunk's size with its extensions, in bytes. Default 4,096. */
  readonly maxChunkLineBytes?: number;
  /** Requests that may wait for their responses at once. Default 256. */
  readonly maxPending?: number;
  /**
   * Bytes that are held while a request to switch protocols waits for its answer: until then nobody knows what they
   * are. Default 65,536.
   */
  readonly maxHeldBytes?: number;
}

/** {@link Http1ConnectionOptions} with every default filled in. */
export type ResolvedHttp1ConnectionOptions = Required<Http1ConnectionOptions>;

/**
 * Fills in the defaults.
 *
 * @throws RangeError when a value is out of its range.
 */
export function resolveHttp1ConnectionOptions(options: Http1ConnectionOptions = {}): ResolvedHttp1ConnectionOptions {
  const { join = "start", maxHeadBytes = 65_536, maxFields = 1000, maxChunkLineBytes = 4096 } = options;
  const { maxPending = 256, maxHeldBytes = 65_536 } = options;
  return {
    join,
    maxHeadBytes: wholeNumber("maxHeadBytes", maxHeadBytes, { min: 64, max: 2 ** 24 }),
    maxFields: wholeNumber("maxFields", maxFields, { min: 1, max: 100_000 }),
    maxChunkLineBytes: wholeNumber("maxChunkLineBytes", maxChunkLineBytes, { min: 16, max: 2 ** 20 }),
    maxPending: wholeNumber("maxPending", maxPending, { min: 1, max: 65_536 }),
    maxHeldBytes: wholeNumber("maxHeldBytes", maxHeldBytes, { min: 0, max: 2 ** 24 }),
  };
}
