import type { Random } from "../framework/random.ts";
import { holdsIf, type Verdict } from "../framework/verdicts.ts";
import { share } from "../framework/words.ts";
import type { Codec } from "./codec.ts";
import { drawMessage } from "./drawn.ts";
import { encode, encodeRecords } from "./encoder.ts";
import { join, type Messages, sameBytes } from "./messages.ts";
import { readNumbers } from "./naive-reader.ts";
import { ADDED_LATER } from "./samples.ts";

/** What reads the messages: it knows the fields they were drawn with, and none of those added later. */
export type EarlyReader = Pick<Codec, "rewrite">;

/** Claim 15.4: fields of every wire type that the reader does not know, before and behind those it knows. */
export async function unknownFieldsClaim(messages: Messages, reader: EarlyReader, random: Random) {
  const seen = { total: 0, knownRight: 0, reEmitted: 0, lostWhenDropped: 0, lostWithoutWireTypes: 0 };
  const wireTypes = new Set<number>();
  for await (const message of messages) {
    const before = drawMessage(ADDED_LATER, random);
    const behind = drawMessage(ADDED_LATER, random);
    const known = encode(message);
    const bytes = join(encode(before), known, encode(behind));
    // Writers put what they do not know behind what they know.
    const whole = join(known, encode(before), encode(behind));
    const records = [before, message, behind].flatMap((part) => encodeRecords(part));
    for (const { wireType } of encodeRecords(before)) wireTypes.add(wireType);
    seen.total += 1;
    if (sameBytes(reader.rewrite(bytes, "drop"), known)) seen.knownRight += 1;
    if (sameBytes(reader.rewrite(bytes, "keep"), whole)) seen.reEmitted += 1;
    if (!sameBytes(reader.rewrite(bytes, "ignore"), whole)) seen.lostWhenDropped += 1;
    if (
      !findsItsWay(
        bytes,
        records.map(({ field }) => field.number),
      )
    )
      seen.lostWithoutWireTypes += 1;
  }
  const of = (some: number): string => share(some, seen.total);
  const verdict: Verdict = holdsIf(
    seen.knownRight === seen.total && seen.reEmitted === seen.total,
    `among unknown fields of wire types ${[...wireTypes].join(", ")} protobuf-es reads the known ones right in ${of(seen.knownRight)} messages, and writes ${of(seen.reEmitted)} again byte for byte`,
    [
      {
        name: "a reader that forgets what it does not know",
        bit: seen.lostWhenDropped === seen.total,
        because: `${of(seen.lostWhenDropped)} messages lose bytes when written again`,
      },
      {
        name: "a reader that takes every value for a varint",
        bit: seen.lostWithoutWireTypes === seen.total,
        because: `${of(seen.lostWithoutWireTypes)} messages are misread`,
      },
    ],
  );
  return { verdict, measured: { ...seen, wireTypes: [...wireTypes] } };
}

function findsItsWay(bytes: Uint8Array, numbers: readonly number[]): boolean {
  try {
    return readNumbers(bytes, () => 0).join() === numbers.join();
  } catch {
    return false;
  }
}
