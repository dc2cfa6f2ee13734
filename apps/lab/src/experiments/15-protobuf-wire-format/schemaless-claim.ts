import {
  type FieldReading,
  fieldReadings,
  readWireFields,
  type WireField,
  type WireFields,
} from "@polywire/wire/protobuf";
import { byConditions, type Verdict, when } from "../framework/verdicts.ts";
import { count, share } from "../framework/words.ts";
import type { Drawn } from "./drawn.ts";
import { encodeRecords, type WireRecord } from "./encoder.ts";
import type { Messages } from "./messages.ts";
import type { FieldSpec } from "./schema.ts";

/** A view that knows no schema. */
export interface SchemalessView {
  readFields(bytes: Uint8Array): WireFields;
  readings(field: WireField): readonly FieldReading[];
}

/** The view of the tap. */
export const TAP_VIEW: SchemalessView = { readFields: readWireFields, readings: fieldReadings };

type Reading = FieldReading["as"];

/** Claim 15.6: what a view without the schema can tell, scored against the schema. */
export async function schemalessClaim(messages: Messages, write: (drawn: Drawn) => Uint8Array, view = TAP_VIEW) {
  const seen = { fields: 0, placedRight: 0, truthAmongReadings: 0, ambiguous: 0, guessedWrong: 0 };
  const ambiguousByType = new Map<string, number>();
  for await (const message of messages) {
    const { fields } = view.readFields(write(message));
    for (const [index, truth] of encodeRecords(message).entries()) {
      const field = fields[index];
      seen.fields += 1;
      if (field === undefined) continue;
      const readings = view.readings(field).map(({ as }) => as);
      const type = trueReading(truth.field);
      if (isPlacedRight(field, truth)) seen.placedRight += 1;
      if (readings.includes(type)) seen.truthAmongReadings += 1;
      if (guess(readings) !== type) seen.guessedWrong += 1;
      if (readings.length < 2) continue;
      seen.ambiguous += 1;
      ambiguousByType.set(type, (ambiguousByType.get(type) ?? 0) + 1);
    }
  }
  const of = (some: number): string => `${share(some, seen.fields)} fields`;
  const verdict: Verdict = byConditions(
    [
      when(
        "asked for number, wire type and length",
        seen.placedRight < seen.fields,
        `the tap's view without a schema is right about ${of(seen.placedRight)}`,
      ),
      when(
        "asked for what a value means",
        seen.ambiguous > 0 && seen.truthAmongReadings === seen.fields,
        `${of(seen.ambiguous)} have several readings (${examples(ambiguousByType)}), the true one is among them for ${of(seen.truthAmongReadings)}`,
      ),
    ],
    [
      {
        name: "taking the likeliest reading",
        bit: seen.guessedWrong > 0,
        because: `wrong about ${of(seen.guessedWrong)}`,
      },
    ],
  );
  return { verdict, measured: { ...seen, ambiguousByType: Object.fromEntries(ambiguousByType) } };
}

const WIRE_TYPES: readonly WireField["wireType"][] = ["varint", "fixed64", "length", "group", "group", "fixed32"];

function isPlacedRight(field: WireField, { field: { number }, wireType, content }: WireRecord): boolean {
  return field.number === number && field.wireType === WIRE_TYPES[wireType] && field.valueBytes === content.length;
}

/** What the schema says, in the words of the readings: those of 32 bits are read in 64. */
function trueReading({ type, list }: FieldSpec): Reading {
  const reading = READINGS[type];
  if (list !== "packed") return reading;
  if (reading === "fixed32" || reading === "sfixed32" || reading === "float") return "packed fixed32";
  return reading === "fixed64" || reading === "sfixed64" || reading === "double" ? "packed fixed64" : "packed varints";
}

const READINGS: Readonly<Record<FieldSpec["type"], Reading>> = {
  ...({ int32: "int64", int64: "int64", enum: "int64", uint32: "uint64", uint64: "uint64" } as const),
  ...({ sint32: "sint64", sint64: "sint64", bool: "bool", string: "string", bytes: "bytes" } as const),
  ...({ message: "message", group: "group", float: "float", double: "double" } as const),
  ...({ fixed32: "fixed32", sfixed32: "sfixed32", fixed64: "fixed64", sfixed64: "sfixed64" } as const),
};

/** What people and tools suppose: plain integers, and the most structure that the bytes allow. */
function guess(readings: readonly Reading[]): Reading | undefined {
  const likely = ["message", "string", "packed varints", "bytes", "group", "int64", "fixed64", "fixed32"] as const;
  return likely.find((reading) => readings.includes(reading));
}

function examples(ambiguousByType: ReadonlyMap<string, number>): string {
  const shown = ["string", "bytes", "message", "int64", "sint64"].filter((type) => ambiguousByType.has(type));
  return shown.map((type) => `${count(ambiguousByType.get(type) ?? 0)} ${type}`).join(", ");
}
