import type { Random } from "../framework/random.ts";
import { holdsIf, type Verdict } from "../framework/verdicts.ts";
import { count } from "../framework/words.ts";
import { createCodec } from "./codec.ts";
import { oneField } from "./samples.ts";

/** The types whose sizes are compared. */
export const SIZED_TYPES = ["int32", "sint32", "fixed32"] as const;

/** One of them. */
export type SizedType = (typeof SIZED_TYPES)[number];

/** Encodes a message that holds this value in field 1, key included. */
export type WriteOne = (type: SizedType, value: number) => Uint8Array;

const VALUES = [0, 1, 127, 128, 2 ** 21, 2 ** 31 - 1, -1];
const RANDOM_NEGATIVES = 1_000;

/** A small value for ZigZag: what two times seven bits leave for a sign. */
const SMALL = 64;

/** protobuf-es for messages of one field. */
export function writeOneWithProtobufEs(): WriteOne {
  const codecs = new Map(
    SIZED_TYPES.map((type) => {
      const spec = oneField({ number: 1, type });
      return [type, { field: spec.fields[0], codec: createCodec(spec) }];
    }),
  );
  return (type, value) => {
    const { field, codec } = codecs.get(type) ?? {};
    if (field === undefined || codec === undefined) throw new Error(`no codec for ${type}`);
    return codec.write([{ field, value: asType(type, value) }]);
  };
}

/** The value as the type has it: fixed32 has no sign and sends -1 as 4294967295. */
export function asType(type: SizedType, value: number): number {
  return type === "fixed32" ? value >>> 0 : value;
}

/** Claim 15.3: what negative and small values cost as int32 and as sint32. */
export function sizesClaim(write: WriteOne, random: Random) {
  const size = (type: SizedType, value: number): number => write(type, value).length;
  const sizes = VALUES.map((value) => ({
    value,
    int32: size("int32", value),
    sint32: size("sint32", value),
    fixed32: size("fixed32", value),
  }));
  const negatives = Array.from({ length: RANDOM_NEGATIVES }, () => random.whole(-(2 ** 31), -1));
  const small = Array.from({ length: 2 * SMALL }, (_, index) => index - SMALL);
  const ofNegatives = sizesOf(negatives.map((value) => size("int32", value)));
  const ofSmall = sizesOf(small.map((value) => size("sint32", value)));
  const asInt32 = size("int32", -1);
  const asSint32 = size("sint32", -1);
  const holds = asInt32 === 11 && asSint32 === 2 && ofNegatives === "11" && ofSmall === "2";
  const cut = readAsInt64(Uint8Array.of(0x08, 0xff, 0xff, 0xff, 0xff, 0x0f));
  const verdict: Verdict = holdsIf(
    holds,
    `with a key of one byte, -1 takes ${asInt32} bytes as int32 and ${asSint32} as sint32; ${count(negatives.length)} random negative int32 take ${ofNegatives} each, sint32 from ${-SMALL} to ${SMALL - 1} take ${ofSmall}`,
    [
      {
        name: "-1 cut to 32 bits, in 5 bytes",
        bit: cut !== "-1",
        because: `a reader that has the field as int64 sees ${cut}`,
      },
    ],
  );
  return { verdict, measured: { sizes } };
}

function sizesOf(sizes: readonly number[]): string {
  return [...new Set(sizes)].toSorted((a, b) => a - b).join(" or ");
}

function readAsInt64(bytes: Uint8Array): string {
  const json = createCodec(oneField({ number: 1, type: "int64" })).toJson(bytes);
  return (json as { value: string }).value;
}
