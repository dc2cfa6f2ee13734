import type { ScalarType } from "@bufbuild/protobuf";
import { utf8 } from "../core/bytes.ts";
import type { WireField } from "./fields.ts";

/** A value of a scalar type: integers of 64 bits as bigint, others as number. */
export type ScalarValue = bigint | boolean | number | string | Uint8Array;

const scratch = new DataView(new ArrayBuffer(8));

/** The double with these 64 bits. */
export function bitsToDouble(bits: bigint): number {
  scratch.setBigUint64(0, bits);
  return scratch.getFloat64(0);
}

/** The float with these 32 bits. */
export function bitsToFloat(bits: number): number {
  scratch.setUint32(0, bits);
  return scratch.getFloat32(0);
}

/** The signed number that ZigZag encodes as this unsigned one: 0, -1, 1, -2, 2, … */
export function zigZag(value: bigint): bigint {
  return (value >> 1n) ^ -(value & 1n);
}

type WireType = WireField["wireType"];

interface Scalar {
  readonly name: string;
  readonly wireType: WireType;
  readonly read: (raw: bigint | number | Uint8Array) => ScalarValue;
}

const varint = (name: string, read: (bits: bigint) => ScalarValue): Scalar => ({
  name,
  wireType: "varint",
  read: (raw) => read(raw as bigint),
});
const fixed64 = (name: string, read: (bits: bigint) => ScalarValue): Scalar => ({
  name,
  wireType: "fixed64",
  read: (raw) => read(raw as bigint),
});
const fixed32 = (name: string, read: (bits: number) => ScalarValue): Scalar => ({
  name,
  wireType: "fixed32",
  read: (raw) => read(raw as number),
});
const length = (name: string, read: (bytes: Uint8Array) => ScalarValue): Scalar => ({
  name,
  wireType: "length",
  read: (raw) => read(raw as Uint8Array),
});

/** By the numbers of `google.protobuf.FieldDescriptorProto.Type`, which `ScalarType` shares. */
const SCALARS: Readonly<Record<ScalarType, Scalar>> = {
  1: fixed64("double", bitsToDouble),
  2: fixed32("float", bitsToFloat),
  3: varint("int64", (bits) => BigInt.asIntN(64, bits)),
  4: varint("uint64", (bits) => bits),
  5: varint("int32", (bits) => Number(BigInt.asIntN(32, bits))),
  6: fixed64("fixed64", (bits) => bits),
  7: fixed32("fixed32", (bits) => bits),
  8: varint("bool", (bits) => bits !== 0n),
  9: length("string", utf8),
  12: length("bytes", (bytes) => bytes),
  13: varint("uint32", (bits) => Number(BigInt.asUintN(32, bits))),
  15: fixed32("sfixed32", (bits) => bits | 0),
  16: fixed64("sfixed64", (bits) => BigInt.asIntN(64, bits)),
  17: varint("sint32", (bits) => Number(zigZag(BigInt.asUintN(32, bits)))),
  18: varint("sint64", zigZag),
};

/** How a scalar type is named, which wire type it has, and how its raw value is read. */
export function scalarOf(type: ScalarType): Scalar {
  return SCALARS[type];
}
