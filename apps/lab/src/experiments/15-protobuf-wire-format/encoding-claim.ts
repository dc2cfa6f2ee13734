import { type Control, holdsIf, type Verdict } from "../framework/verdicts.ts";
import { count, share } from "../framework/words.ts";
import { createCodec } from "./codec.ts";
import type { Drawn } from "./drawn.ts";
import { encode, PROTOBUF, type Rules } from "./encoder.ts";
import { type Messages, sameBytes } from "./messages.ts";
import { oneField } from "./samples.ts";

/** Numbers at which a key becomes longer, and the first of one and the last of five bytes. */
const KEY_NUMBERS = [1, 15, 16, 2_047, 2_048, 262_143, 262_144, 33_554_431, 33_554_432, 536_870_911];
const KEY_BYTES = [1, 1, 2, 2, 3, 3, 4, 4, 5, 5];

/** Mistakes that the comparison must notice. */
const WRONG_RULES: readonly { readonly name: string; readonly rules: Rules }[] = [
  { name: "the number alone as key", rules: { ...PROTOBUF, key: (number) => BigInt(number) } },
  {
    name: "varints with the high bits first",
    rules: { ...PROTOBUF, varint: (value) => highBitsFirst(PROTOBUF.varint(value)) },
  },
];

/** Claim 15.1: the encoder of the lab, which knows these rules only, writes what protobuf-es writes. */
export async function encodingClaim(messages: Messages, write: (drawn: Drawn) => Uint8Array, rules = PROTOBUF) {
  const differing = { own: 0, wrong: WRONG_RULES.map(() => 0) };
  let total = 0;
  let bytes = 0;
  for await (const message of messages) {
    const written = write(message);
    total += 1;
    bytes += written.length;
    if (!sameBytes(encode(message, rules), written)) differing.own += 1;
    for (const [index, wrong] of WRONG_RULES.entries()) {
      if (!sameBytes(encode(message, wrong.rules), written)) differing.wrong[index] = (differing.wrong[index] ?? 0) + 1;
    }
  }
  const keyBytes = KEY_NUMBERS.map(keyBytesOf);
  const controls = WRONG_RULES.map(({ name }, index): Control => {
    const noticed = differing.wrong[index] ?? 0;
    return { name, bit: noticed > 0, because: `${share(noticed, total)} messages differ` };
  });
  const sizesRight = keyBytes.every((size, index) => size === KEY_BYTES[index]);
  const verdict: Verdict = holdsIf(
    differing.own === 0 && sizesRight,
    `protobuf-es and an encoder written from these rules agree on ${share(total - differing.own, total)} messages (${count(bytes)} bytes); the key of number 15 takes ${keyBytes[1]} byte, of 16 ${keyBytes[2]}, of ${KEY_NUMBERS.at(-1)} ${keyBytes.at(-1)}`,
    [controls[0] as Control, ...controls.slice(1)],
  );
  const keys = KEY_NUMBERS.map((number, index) => ({ number, keyBytes: keyBytes[index] ?? 0 }));
  return { verdict, measured: { messages: total, bytes, differing: differing.own, keys } };
}

/** A bool takes one byte, the rest is its key. */
function keyBytesOf(number: number): number {
  const spec = oneField({ number, type: "bool" });
  return createCodec(spec).write(spec.fields.map((field) => ({ field, value: true }))).length - 1;
}

function highBitsFirst(bytes: number[]): number[] {
  return bytes.toReversed().map((byte, index) => (index < bytes.length - 1 ? byte | 0x80 : byte & 0x7f));
}
