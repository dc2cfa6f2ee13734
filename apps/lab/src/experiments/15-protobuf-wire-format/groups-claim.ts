import { readWireFields, type WireFields } from "@polywire/wire/protobuf";
import { byConditions, type Verdict, when } from "../framework/verdicts.ts";
import { share } from "../framework/words.ts";
import type { Codec } from "./codec.ts";
import { type Messages, sameBytes } from "./messages.ts";
import { readNumbers } from "./naive-reader.ts";

/** What takes part in the claim. */
export interface GroupReaders {
  /** protobuf-es with the schema that has the delimited field. */
  readonly withGroup: Codec;
  /** protobuf-es with the schema before that field was added. */
  readonly withoutGroup: Codec;
  /** The decoder of the wire package. Default: the real one. */
  readonly readFields?: (bytes: Uint8Array) => WireFields;
  /** A decoder of wire types 0, 1, 2 and 5 only, which throws when it loses its way. Default: such a one. */
  readonly readFourTypes?: (bytes: Uint8Array) => unknown;
}

/** The same number of messages without and with a delimited field. */
export interface GroupMessages {
  readonly plain: Messages;
  readonly delimited: Messages;
}

/** Claim 15.5: whether four wire types are all there are. */
export async function groupsClaim({ plain, delimited }: GroupMessages, readers: GroupReaders) {
  const { withGroup, withoutGroup, readFields = readWireFields, readFourTypes = readNumbers } = readers;
  const seen = { plain: 0, plainRead: 0, delimited: 0, groups: 0, skipped: 0, known: 0, failed: 0 };
  for await (const message of plain) {
    seen.plain += 1;
    if (reads(() => readFourTypes(withoutGroup.write(message)))) seen.plainRead += 1;
  }
  for await (const message of delimited) {
    const bytes = withGroup.write(message);
    const { fields, error } = readFields(bytes);
    const others = message.filter(({ field }) => field.type !== "group");
    seen.delimited += 1;
    if (error === null && fields.some(({ wireType }) => wireType === "group")) seen.groups += 1;
    if (!reads(() => readFourTypes(bytes))) seen.failed += 1;
    if (reads(() => sameBytes(withGroup.rewrite(bytes, "keep"), bytes))) seen.known += 1;
    if (reads(() => sameBytes(withoutGroup.rewrite(bytes, "drop"), withGroup.write(others)))) seen.skipped += 1;
  }
  const of = (some: number): string => share(some, seen.delimited);
  const everyReader = Math.min(seen.groups, seen.skipped, seen.known) === seen.delimited;
  const verdict: Verdict = byConditions(
    [
      when(
        "no field is delimited",
        seen.plainRead === seen.plain,
        `a decoder of types 0, 1, 2, 5 reads ${share(seen.plainRead, seen.plain)} messages`,
      ),
      when(
        "a field is delimited",
        !everyReader,
        `types 3 and 4 are on the wire: our decoder steps over them in ${of(seen.groups)} messages, protobuf-es skips them in ${of(seen.skipped)} and reads them in ${of(seen.known)}`,
      ),
    ],
    [
      {
        name: "a decoder of types 0, 1, 2, 5 only",
        bit: seen.failed === seen.delimited,
        because: `fails on ${of(seen.failed)} valid messages`,
      },
    ],
  );
  return { verdict, measured: seen };
}

/** Whether reading succeeds; `false` says that it went wrong without an error. */
function reads(read: () => unknown): boolean {
  try {
    return read() !== false;
  } catch {
    return false;
  }
}
