import type { Drawn, Value } from "./drawn.ts";
import type { FieldSpec, Scalar } from "./schema.ts";

/** The two rules that the rest is built on, replaceable so that a wrong one can be tried. */
export interface Rules {
  key(number: number, wireType: number): bigint;
  varint(value: bigint): number[];
}

/** https://protobuf.dev/programming-guides/encoding/: a key is the number and the wire type; varints begin with the low bits. */
export const PROTOBUF: Rules = {
  key: (number, wireType) => (BigInt(number) << 3n) | BigInt(wireType),
  varint(value) {
    const rest = value >> 7n;
    return rest === 0n ? [Number(value)] : [Number(value & 0x7fn) | 0x80, ...PROTOBUF.varint(rest)];
  },
};

/** What stands on the wire for one key: a list that is not packed has several. */
export interface WireRecord {
  readonly field: FieldSpec;
  readonly wireType: number;
  /** Between the end of the key, or of the length, and the next record. */
  readonly content: readonly number[];
  readonly bytes: readonly number[];
}

/** Encodes a message: written from the specification, sharing no code with protobuf-es. */
export function encode(message: Drawn, rules: Rules = PROTOBUF): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(encodeRecords(message, rules).flatMap(({ bytes }) => bytes));
}

/** The same, record by record. */
export function encodeRecords(message: Drawn, rules: Rules = PROTOBUF): WireRecord[] {
  return message.flatMap(({ field, value }) => {
    if (!Array.isArray(value)) return [record(field, content(field, value as Value, rules), rules)];
    const values = (value as readonly Value[]).map((one) => content(field, one, rules));
    return field.list === "packed"
      ? [record(field, values.flat(), rules)]
      : values.map((one) => record(field, one, rules));
  });
}

function record(field: FieldSpec, content: readonly number[], rules: Rules): WireRecord {
  const wireType = field.list === "packed" ? LENGTH : WIRE_TYPES[field.type];
  const key = rules.varint(rules.key(field.number, wireType));
  const length = wireType === LENGTH ? rules.varint(BigInt(content.length)) : [];
  const end = wireType === START_GROUP ? rules.varint(rules.key(field.number, END_GROUP)) : [];
  return { field, wireType, content, bytes: [...key, ...length, ...content, ...end] };
}

function content({ type }: FieldSpec, value: Value, rules: Rules): readonly number[] {
  if (typeof value === "object" && "message" in value) return [...encode(value.message, rules)];
  if (value instanceof Uint8Array) return [...value];
  if (typeof value === "string") return [...Buffer.from(value, "utf8")];
  const bits = (size: number, write: (view: DataView) => void): readonly number[] => {
    const view = new DataView(new ArrayBuffer(size));
    write(view);
    return [...new Uint8Array(view.buffer)];
  };
  const float = Number(value);
  if (type === "float") return bits(4, (view) => view.setFloat32(0, float, true));
  if (type === "double") return bits(8, (view) => view.setFloat64(0, float, true));
  const whole = BigInt(value);
  if (WIRE_TYPES[type] === FOUR_BYTES)
    return bits(4, (view) => view.setUint32(0, Number(BigInt.asUintN(32, whole)), true));
  if (WIRE_TYPES[type] === EIGHT_BYTES) return bits(8, (view) => view.setBigUint64(0, BigInt.asUintN(64, whole), true));
  // ZigZag: 0, -1, 1, -2 become 0, 1, 2, 3. Every other negative number is extended to 64 bits.
  const zigZag = type === "sint32" || type === "sint64";
  return rules.varint(zigZag ? (whole < 0n ? -2n * whole - 1n : 2n * whole) : BigInt.asUintN(64, whole));
}

const EIGHT_BYTES = 1;
const LENGTH = 2;
const START_GROUP = 3;
const END_GROUP = 4;
const FOUR_BYTES = 5;

const WIRE_TYPES: Readonly<Record<Scalar | "message" | "group", number>> = {
  ...{ int32: 0, int64: 0, uint32: 0, uint64: 0, sint32: 0, sint64: 0, bool: 0, enum: 0 },
  ...{ fixed64: EIGHT_BYTES, sfixed64: EIGHT_BYTES, double: EIGHT_BYTES },
  ...{ string: LENGTH, bytes: LENGTH, message: LENGTH },
  group: START_GROUP,
  ...{ fixed32: FOUR_BYTES, sfixed32: FOUR_BYTES, float: FOUR_BYTES },
};
