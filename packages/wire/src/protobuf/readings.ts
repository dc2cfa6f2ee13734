import { strictUtf8 } from "../core/bytes.ts";
import { readWireFields } from "./decoder.ts";
import type { LengthField, WireField } from "./fields.ts";
import type { ProtobufOptions } from "./options.ts";
import { resolveProtobufOptions } from "./options.ts";
import { bitsToDouble, bitsToFloat, zigZag } from "./scalars.ts";
import { Budget, WireReader } from "./wire-reader.ts";

/** One thing that a field's bytes could mean. */
export type FieldReading =
  | { readonly as: "uint64" | "int64" | "sint64" | "fixed64" | "sfixed64"; readonly value: bigint }
  | { readonly as: "fixed32" | "sfixed32" | "float" | "double"; readonly value: number }
  | { readonly as: "bool"; readonly value: boolean }
  | { readonly as: "string"; readonly value: string }
  | { readonly as: "bytes"; readonly value: Uint8Array }
  | { readonly as: "message" | "group"; readonly value: readonly WireField[] }
  | {
      readonly as: "packed varints" | "packed fixed32" | "packed fixed64";
      readonly value: readonly (bigint | number)[];
    };

/**
 * All that a field could mean without its schema. More than one reading is the rule: plain and ZigZag integers, strings,
 * bytes and messages look the same on the wire. A nested message is read one level deep.
 *
 * @throws RangeError when an option is out of its range.
 */
export function fieldReadings(field: WireField, options?: ProtobufOptions): readonly FieldReading[] {
  switch (field.wireType) {
    case "varint":
      return varintReadings(field.value);
    case "fixed64":
      return [
        { as: "fixed64", value: field.value },
        { as: "sfixed64", value: BigInt.asIntN(64, field.value) },
        { as: "double", value: bitsToDouble(field.value) },
      ];
    case "fixed32":
      return [
        { as: "fixed32", value: field.value },
        { as: "sfixed32", value: field.value | 0 },
        { as: "float", value: bitsToFloat(field.value) },
      ];
    case "group":
      return [{ as: "group", value: field.value }];
    case "length":
      return lengthReadings(field, options);
  }
}

function varintReadings(value: bigint): FieldReading[] {
  const readings: FieldReading[] = [
    { as: "uint64", value },
    { as: "int64", value: BigInt.asIntN(64, value) },
    { as: "sint64", value: zigZag(value) },
  ];
  if (value <= 1n) readings.push({ as: "bool", value: value === 1n });
  return readings;
}

function lengthReadings({ value }: LengthField, options: ProtobufOptions | undefined): FieldReading[] {
  const readings: FieldReading[] = [{ as: "bytes", value }];
  const text = strictUtf8(value);
  if (text !== undefined) readings.push({ as: "string", value: text });
  const message = readWireFields(value, options);
  if (message.error === null) readings.push({ as: "message", value: message.fields });
  for (const [as, wireType] of PACKED) {
    const budget = new Budget(resolveProtobufOptions(options));
    const values = new WireReader(value, { start: 0, end: value.length }, budget).readPacked(wireType);
    if (values !== undefined && values.length > 0) readings.push({ as, value: values });
  }
  return readings;
}

const PACKED = [
  ["packed varints", "varint"],
  ["packed fixed32", "fixed32"],
  ["packed fixed64", "fixed64"],
] as const;
