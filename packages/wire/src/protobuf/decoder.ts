import type { WireFields } from "./fields.ts";
import { type ProtobufOptions, resolveProtobufOptions } from "./options.ts";
import { Budget, WireReader } from "./wire-reader.ts";

/**
 * Reads a message without its schema: numbers, wire types, lengths and raw values are all that its bytes hold. What a
 * value means they do not tell; {@link fieldReadings} lists what it could.
 *
 * Never throws for bad bytes: a fault is in the result, behind the fields before it.
 *
 * @throws RangeError when an option is out of its range.
 */
export function readWireFields(bytes: Uint8Array, options?: ProtobufOptions): WireFields {
  const budget = new Budget(resolveProtobufOptions(options));
  return new WireReader(bytes, { start: 0, end: bytes.length }, budget).readAll();
}
