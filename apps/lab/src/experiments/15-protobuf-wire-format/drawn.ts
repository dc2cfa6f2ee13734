import type { Random } from "../framework/random.ts";
import type { FieldSpec, MessageSpec, Scalar } from "./schema.ts";

/** A message as plain data: the fields that are set, in ascending order of their numbers. */
export type Drawn = readonly SetField[];

/** A field that is set. */
export interface SetField {
  readonly field: FieldSpec;
  /** Of a list, every value. */
  readonly value: Value | readonly Value[];
}

/** A value: 64-bit integers as bigint, the other numbers and enums as number. */
export type Value = number | bigint | boolean | string | Uint8Array<ArrayBuffer> | { readonly message: Drawn };

/** Draws a message: any of its fields, one at least. */
export function drawMessage(spec: MessageSpec, random: Random): Drawn {
  const set = spec.fields.filter(({ always = false }) => always || random.chance(0.5));
  const chosen = set.length === 0 ? spec.fields.slice(0, 1) : set;
  return chosen.map((field) => ({
    field,
    value: field.list === undefined ? drawValue(field, random) : drawList(field, random),
  }));
}

function drawList(field: FieldSpec, random: Random): Value[] {
  return Array.from({ length: random.whole(1, 4) }, () => drawValue(field, random));
}

function drawValue({ type, holds }: FieldSpec, random: Random): Value {
  if (type !== "message" && type !== "group") return SCALAR_VALUES[type](random);
  if (holds === undefined) throw new Error("a field of type message says what it holds");
  return { message: drawMessage(holds, random) };
}

/** Numbers of all magnitudes: most random bits are large, and small ones are where varints differ. */
const unsigned64 = (random: Random): bigint => random.bits64() >> BigInt(random.whole(0, 63));
const signed64 = (random: Random): bigint => BigInt.asIntN(64, random.bits64()) >> BigInt(random.whole(0, 63));
const unsigned32 = (random: Random): number => Number(random.bits64() & 0xffff_ffffn) >>> random.whole(0, 31);
const signed32 = (random: Random): number => Number(random.bits64() & 0xffff_ffffn) >> random.whole(0, 31);

const SCALAR_VALUES: Readonly<Record<Scalar, (random: Random) => Value>> = {
  int32: signed32,
  sint32: signed32,
  sfixed32: signed32,
  // An enum of an edition is open: it takes numbers that it has no name for.
  enum: signed32,
  uint32: unsigned32,
  fixed32: unsigned32,
  int64: signed64,
  sint64: signed64,
  sfixed64: signed64,
  uint64: unsigned64,
  fixed64: unsigned64,
  bool: (random) => random.chance(0.5),
  float: (random) => Math.fround((random.next() - 0.5) * 10 ** random.whole(-9, 9)),
  double: (random) => (random.next() - 0.5) * 10 ** random.whole(-99, 99),
  bytes: (random) => random.bytes(random.whole(0, 200)),
  string: (random) => Array.from({ length: random.whole(0, 60) }, () => drawCharacter(random)).join(""),
};

/** Characters of one to four bytes in UTF-8. */
function drawCharacter(random: Random): string {
  return random.pick(["a", "K", "7", "-", " ", "\u0000", "é", "ß", "→", "語", "🚚"]);
}
