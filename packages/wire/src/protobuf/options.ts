import { wholeNumber } from "../core/limits.ts";

/** Limits on one message with all that it holds. */
export interface ProtobufOptions {
  /** Messages and groups inside each other. Default 100, as in the official libraries. */
  readonly maxDepth?: number;
  /** Fields in all, those inside others included. Default 10,000. */
  readonly maxFields?: number;
}

/** {@link ProtobufOptions} with every default filled in. */
export type ResolvedProtobufOptions = Required<ProtobufOptions>;

/**
 * Fills in the defaults.
 *
 * @throws RangeError when a value is out of its range.
 */
export function resolveProtobufOptions(options: ProtobufOptions = {}): ResolvedProtobufOptions {
  const { maxDepth = 100, maxFields = 10_000 } = options;
  return {
    // The reader recurses: the upper bound keeps it off the end of the stack.
    maxDepth: wholeNumber("maxDepth", maxDepth, { min: 1, max: 1000 }),
    maxFields: wholeNumber("maxFields", maxFields, { min: 1, max: 10_000_000 }),
  };
}
