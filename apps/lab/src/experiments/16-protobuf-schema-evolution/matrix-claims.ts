import { byConditions, type Condition, type Verdict, when } from "../framework/verdicts.ts";
import { share } from "../framework/words.ts";
import type { Outcome } from "./outcome.ts";
import { BYTE_READERS, READER_TITLES, READERS, type ReaderName } from "./readers.ts";
import { type Direction, type Reading, tellReading } from "./readings.ts";

type Readings = readonly Reading[];

/** Claim 16.1: added fields, read by those who do not know them and by those who miss them. */
export function addingClaim(readings: Readings): Verdict {
  const added = readings.filter(({ edit }) => edit.kind === "add");
  const taken = inBytes(readings.filter(({ edit }) => edit.kind === "reuse"));
  const [first, ...others] = READERS.map((reader) => {
    const own = added.filter((reading) => reading.reader === reader);
    return when(READER_TITLES[reader], own.length > 0 && own.every(isFine), tell(own));
  });
  return byConditions(
    [first as Condition, ...others],
    [
      {
        name: "a number that was in use before",
        bit: taken.some(({ outcome }) => outcome === "corrupted") && !taken.some(({ outcome }) => outcome === "same"),
        because: tell(taken),
      },
    ],
  );
}

/** Claim 16.2: another field under the number of a removed one. */
export function reuseClaim(readings: Readings): Verdict {
  const reused = inBytes(readings.filter(({ edit }) => edit.kind === "reuse"));
  const sameType = reused.filter(({ edit }) => SAME_WIRE_TYPE.has(edit.name));
  const otherType = reused.filter(({ edit }) => !SAME_WIRE_TYPE.has(edit.name));
  return byConditions(
    [
      when("the wire type is the same", allAre("corrupted", sameType), tell(sameType)),
      ...BYTE_READERS.map((reader) => {
        const own = otherType.filter((reading) => reading.reader === reader);
        return when(`another wire type, ${READER_TITLES[reader]}`, allAre("corrupted", own), tell(own));
      }),
    ],
    [
      {
        name: "trusting whatever decodes without an error",
        bit: allAre("corrupted", sameType),
        because: `${share(sameType.filter(({ outcome }) => outcome === "corrupted").length, sameType.length)} of the same wire type decode to a value that nobody wrote there; ${example(sameType)}`,
      },
    ],
  );
}

/** Claim 16.3: the same field with another type, or with another cardinality. */
export function typeClaim(readings: Readings): Verdict {
  const bytes = inBytes(readings);
  const group = (name: string, own: Readings): Condition => {
    if (own.length === 0) throw new RangeError(`no message was read for: ${name}`);
    return when(name, !own.every(isFine), tell(own));
  };
  const of = (from: Readings, names: ReadonlySet<string>, fits?: boolean): Readings =>
    from.filter(({ edit, fits: own }) => names.has(edit.name) && (fits === undefined || own === fits));
  const otherEncoding = of(bytes, OTHER_ENCODING);
  const zigZag = otherEncoding.filter(({ edit }) => edit.name === "int32-sint32");
  return byConditions(
    [
      group("int32 with int64, uint32, bool or enum, values that fit both", of(bytes, VARINTS, true)),
      group("int32 with int64, uint32 or bool, other values", of(bytes, VARINTS, false)),
      group("string with bytes, valid UTF-8", of(bytes, TEXTS, true)),
      group("string with bytes, other bytes", of(bytes, TEXTS, false)),
      group("int32 with sint32 or fixed32", otherEncoding),
      group("one with a list, strings and messages, one value", of(bytes, UNPACKED, true)),
      group("one with a list, strings and messages, several", of(bytes, UNPACKED, false)),
      group("one number read as a packed list", towards(of(bytes, PACKED), "forward")),
      group("a packed list read as one number", towards(of(bytes, PACKED), "backward")),
      group(
        "numbers of any kind in ProtoJSON, values that fit both",
        of(readings, NUMBERS, true).filter(({ reader }) => reader === "json"),
      ),
      group(
        "the others in ProtoJSON, values that fit both",
        of(readings, NOT_NUMBERS, true).filter(({ reader }) => reader === "json"),
      ),
    ],
    [
      {
        name: "taking the same wire type for a sign of safety (int32 with sint32)",
        bit: allAre("corrupted", zigZag),
        because: tell(zigZag),
      },
    ],
  );
}

/** Claim 16.4: a value that the reader's enum does not have. */
export function enumClaim(readings: Readings): Verdict {
  const sent = readings.filter(({ edit, direction }) => edit.kind === "enum" && direction === "backward");
  const open = sent.filter(({ edit }) => edit.name === "add-enum-value");
  const closed = inBytes(sent).filter(({ edit }) => edit.name === "add-closed-value");
  const safe = (name: string, own: Readings): Condition => when(name, allAre("same", own), tell(own));
  const lenient = open.filter(({ reader }) => reader === "lenient");
  return byConditions(
    [
      safe("in bytes, open enum", inBytes(open)),
      ...BYTE_READERS.map((reader) =>
        safe(
          `in bytes, closed enum, ${READER_TITLES[reader]}`,
          closed.filter((reading) => reading.reader === reader),
        ),
      ),
      safe(
        "in ProtoJSON",
        open.filter(({ reader }) => reader === "json"),
      ),
    ],
    [
      {
        name: "ProtoJSON told to ignore what it does not know",
        bit: allAre("lost", lenient),
        because: tell(lenient),
      },
    ],
  );
}

const SAME_WIRE_TYPE = new Set(["reuse-string-bytes", "reuse-int32-bool"]);
const VARINTS = new Set(["int32-int64", "int32-uint32", "int32-bool", "enum-int32"]);
const TEXTS = new Set(["string-bytes"]);
const OTHER_ENCODING = new Set(["int32-sint32", "int32-fixed32"]);
const UNPACKED = new Set(["string-list", "message-list"]);
const PACKED = new Set(["int32-list"]);
const NUMBERS = new Set(["int32-int64", "int32-uint32", "int32-sint32", "int32-fixed32"]);
const NOT_NUMBERS = new Set(["int32-bool", "enum-int32", ...TEXTS, ...UNPACKED, ...PACKED]);

/** Of no messages nothing can be said. */
function allAre(outcome: Outcome, readings: Readings): boolean {
  return readings.length > 0 && readings.every((reading) => reading.outcome === outcome);
}

/** Whether nothing was lost, and nothing read that nobody wrote. */
export function isFine({ outcome }: Pick<Reading, "outcome">): boolean {
  return outcome === "same" || outcome === "default";
}

function towards(readings: Readings, direction: Direction): Readings {
  return readings.filter((reading) => reading.direction === direction);
}

function inBytes(readings: Readings): Readings {
  return readings.filter(({ reader }) => (BYTE_READERS as readonly ReaderName[]).includes(reader));
}

/** `all 20 same`, or how many of each, and the first that went wrong. */
function tell(readings: Readings): string {
  const counts = Map.groupBy(readings, ({ outcome }) => outcome);
  const total = readings.length;
  const parts = [...counts].map(([outcome, own]) =>
    own.length === total ? `all ${total} ${outcome}` : `${own.length} ${outcome}`,
  );
  const shown = example(readings);
  return `${parts.join(", ")}${shown === "" ? "" : `; ${shown}`}`;
}

/** What nobody wrote is the news, before what was refused. */
function example(readings: Readings): string {
  const wrong = readings.find(({ outcome }) => outcome === "corrupted") ?? readings.find((one) => !isFine(one));
  return wrong === undefined ? "" : `${wrong.edit.name}: ${tellReading(wrong)}`;
}
