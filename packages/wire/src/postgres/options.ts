import { wholeNumber } from "../core/limits.ts";
import type { PostgresCancels } from "./cancels.ts";

/** Options of {@link createPostgresConnection}. */
export interface PostgresConnectionOptions {
  /** `start`: both sides are seen from their first byte; `middle`: not. Default `start`. */
  readonly join?: "start" | "middle";
  /** A number of the caller's by which a cancellation on another connection names this one. Default 0. */
  readonly connection?: number;
  /** Sessions among which cancellations find theirs: give all connections to one server the same. Default: none. */
  readonly cancels?: PostgresCancels;
  /** Bytes of one message that are read, SQL above all; values of rows are never kept. Default 65,536. */
  readonly maxMessageBytes?: number;
  /** Requests that may wait for their answers at once. Default 1,024. */
  readonly maxPending?: number;
  /** Prepared statements, and portals, whose SQL is remembered. Default 256 each. */
  readonly maxPrepared?: number;
  /** Messages in a row that must look right before a decoder that joined in the middle trusts them. Default 2. */
  readonly resyncMessages?: number;
}

/** {@link PostgresConnectionOptions} with every default filled in. */
export interface ResolvedPostgresConnectionOptions extends Required<Omit<PostgresConnectionOptions, "cancels">> {
  readonly cancels: PostgresCancels | undefined;
}

/**
 * Fills in the defaults.
 *
 * @throws RangeError when a value is out of its range.
 */
export function resolvePostgresConnectionOptions(
  options: PostgresConnectionOptions = {},
): ResolvedPostgresConnectionOptions {
  const { join = "start", connection = 0, cancels, maxMessageBytes = 65_536 } = options;
  const { maxPending = 1024, maxPrepared = 256, resyncMessages = 2 } = options;
  return {
    join,
    connection,
    cancels,
    maxMessageBytes: wholeNumber("maxMessageBytes", maxMessageBytes, { min: 64, max: 2 ** 28 }),
    maxPending: wholeNumber("maxPending", maxPending, { min: 1, max: 1_048_576 }),
    maxPrepared: wholeNumber("maxPrepared", maxPrepared, { min: 1, max: 65_536 }),
    resyncMessages: wholeNumber("resyncMessages", resyncMessages, { min: 2, max: 16 }),
  };
}
