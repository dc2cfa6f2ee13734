import { wholeNumber } from "../core/limits.ts";

/** Options of {@link createNatsConnection}. */
export interface NatsConnectionOptions {
  /** `start`: both sides are seen from their first byte; `middle`: not. Default `start`. */
  readonly join?: "start" | "middle";
  /** One line, in bytes: INFO lists all addresses of a cluster. Default 65,536. */
  readonly maxLineBytes?: number;
  /** Headers and payload of one message, in bytes. Default 8,388,608: what servers can be told to allow. */
  readonly maxPayloadBytes?: number;
  /** Operations in a row that must look right before a decoder that joined in the middle trusts them. Default 2. */
  readonly resyncOperations?: number;
}

/** {@link NatsConnectionOptions} with every default filled in. */
export type ResolvedNatsConnectionOptions = Required<NatsConnectionOptions>;

/**
 * Fills in the defaults.
 *
 * @throws RangeError when a value is out of its range.
 */
export function resolveNatsConnectionOptions(options: NatsConnectionOptions = {}): ResolvedNatsConnectionOptions {
  const { join = "start", maxLineBytes = 65_536, maxPayloadBytes = 8_388_608, resyncOperations = 2 } = options;
  return {
    join,
    maxLineBytes: wholeNumber("maxLineBytes", maxLineBytes, { min: 64, max: 2 ** 24 }),
    maxPayloadBytes: wholeNumber("maxPayloadBytes", maxPayloadBytes, { min: 0, max: 2 ** 30 }),
    resyncOperations: wholeNumber("resyncOperations", resyncOperations, { min: 2, max: 16 }),
  };
}
