import type { JsonValue } from "@bufbuild/protobuf";
import type { Random } from "../framework/random.ts";

/** What an edit is about. */
export type Kind = "add" | "remove" | "move" | "reuse" | "type" | "cardinality" | "enum" | "presence";

/** Values of the edited field as ProtoJSON, none of them its default. */
export interface Draws {
  /** A value that both schemas can hold. */
  readonly fits: (random: Random) => JsonValue;
  /** A value that only the writer's schema can hold. */
  readonly beyond?: (random: Random) => JsonValue;
}

/** One version of the edited field. */
export interface Version {
  /** Its declaration. */
  readonly field: string;
  readonly draws: Draws;
  /** Declarations beside the message. */
  readonly beside?: string;
}

/** A change of one field of a message. `null`: the field is not there. */
export interface Edit {
  readonly name: string;
  readonly kind: Kind;
  readonly before: Version | null;
  readonly after: Version | null;
  /** The number keeps its meaning under the new name. */
  readonly renamed?: true;
  /** The first lines of the file. Default: those of proto3. */
  readonly syntax?: string;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
/** Short and varied: read as something else, some are valid by accident. */
const text = (random: Random): string =>
  Array.from({ length: random.whole(2, 5) }, () => LETTERS[random.whole(0, LETTERS.length - 1)]).join("");
const positive = (random: Random): number => random.whole(2, 2 ** 31 - 1);
const negative = (random: Random): number => -positive(random);
const byte64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const several = <T>(draw: (random: Random) => T) => {
  return (random: Random): T[] => Array.from({ length: random.whole(2, 4) }, () => draw(random));
};
const one = <T>(draw: (random: Random) => T) => {
  return (random: Random): T[] => [draw(random)];
};

const STRING: Draws = { fits: text };
const INT32: Draws = { fits: (random) => random.pick([positive, negative])(random) };
const UTF8_BYTES = (random: Random): string => byte64(Buffer.from(text(random)));
// 0xFF begins no character of UTF-8.
const OTHER_BYTES = (random: Random): string => byte64(Uint8Array.of(0xff, ...random.bytes(3)));
const line = (random: Random) => ({ sku: text(random), count: positive(random) });
const LINE = "message Line { string sku = 1; int32 count = 2; }";
const STATUS = (values: string): string => `enum Status { STATUS_UNSPECIFIED = 0; STATUS_PACKED = 1; ${values}}`;

const QUANTITY: Version = { field: "int32 quantity = 2;", draws: { fits: (random) => random.whole(2, 12) } };
const CUSTOMER: Version = { field: "string customer = 2;", draws: STRING };
const SMALL: Version = { field: "int32 value = 2;", draws: { fits: positive, beyond: negative } };
const PACKED: Draws = { fits: () => "STATUS_PACKED" };
const NEW_STATUS: Draws = { fits: () => "STATUS_LATE" };

/** The edits that are tried. */
export const EDITS: readonly Edit[] = [
  { name: "add-string", kind: "add", before: null, after: { field: "string note = 2;", draws: STRING } },
  {
    name: "add-list",
    kind: "add",
    before: null,
    after: { field: "repeated int32 codes = 2;", draws: { fits: several(positive) } },
  },
  { name: "remove-field", kind: "remove", before: CUSTOMER, after: null },
  {
    name: "rename-field",
    kind: "move",
    before: QUANTITY,
    after: { field: "int32 amount = 2;", draws: QUANTITY.draws },
    renamed: true,
  },
  {
    name: "renumber-field",
    kind: "move",
    before: QUANTITY,
    after: { field: "int32 quantity = 3;", draws: QUANTITY.draws },
  },
  {
    name: "reuse-string-bytes",
    kind: "reuse",
    before: CUSTOMER,
    after: { field: "bytes token = 2;", draws: { fits: UTF8_BYTES } },
  },
  {
    name: "reuse-int32-bool",
    kind: "reuse",
    before: QUANTITY,
    after: { field: "bool express = 2;", draws: { fits: () => true } },
  },
  {
    name: "reuse-string-int32",
    kind: "reuse",
    before: CUSTOMER,
    after: QUANTITY,
  },
  {
    name: "reuse-int32-double",
    kind: "reuse",
    before: QUANTITY,
    after: { field: "double weight = 2;", draws: { fits: positive } },
  },
  {
    name: "int32-int64",
    kind: "type",
    before: { field: "int32 value = 2;", draws: INT32 },
    after: {
      field: "int64 value = 2;",
      draws: { fits: positive, beyond: (random) => String(2n ** 40n + BigInt(positive(random))) },
    },
  },
  {
    name: "int32-uint32",
    kind: "type",
    before: SMALL,
    after: {
      field: "uint32 value = 2;",
      draws: { fits: positive, beyond: (random) => 2 ** 31 + positive(random) },
    },
  },
  {
    name: "int32-bool",
    kind: "type",
    before: { field: "int32 value = 2;", draws: { fits: () => 1, beyond: positive } },
    after: { field: "bool value = 2;", draws: { fits: () => true } },
  },
  {
    name: "enum-int32",
    kind: "type",
    before: { field: "Status value = 2;", draws: PACKED, beside: STATUS("") },
    after: { field: "int32 value = 2;", draws: INT32 },
  },
  {
    name: "int32-sint32",
    kind: "type",
    before: SMALL,
    after: { field: "sint32 value = 2;", draws: INT32 },
  },
  {
    name: "int32-fixed32",
    kind: "type",
    before: SMALL,
    after: { field: "fixed32 value = 2;", draws: { fits: positive } },
  },
  {
    name: "string-bytes",
    kind: "type",
    before: { field: "string value = 2;", draws: STRING },
    after: { field: "bytes value = 2;", draws: { fits: UTF8_BYTES, beyond: OTHER_BYTES } },
  },
  {
    name: "string-list",
    kind: "cardinality",
    before: { field: "string value = 2;", draws: STRING },
    after: { field: "repeated string value = 2;", draws: { fits: one(text), beyond: several(text) } },
  },
  {
    name: "message-list",
    kind: "cardinality",
    before: { field: "Line value = 2;", draws: { fits: line }, beside: LINE },
    after: { field: "repeated Line value = 2;", draws: { fits: one(line), beyond: several(line) }, beside: LINE },
  },
  {
    name: "int32-list",
    kind: "cardinality",
    before: { field: "int32 value = 2;", draws: INT32 },
    after: { field: "repeated int32 value = 2;", draws: { fits: one(positive), beyond: several(positive) } },
  },
  {
    name: "add-enum-value",
    kind: "enum",
    before: { field: "Status status = 2;", draws: PACKED, beside: STATUS("") },
    after: { field: "Status status = 2;", draws: NEW_STATUS, beside: STATUS("STATUS_LATE = 2; ") },
  },
  {
    name: "add-closed-value",
    kind: "enum",
    syntax: 'edition = "2023";\noption features.enum_type = CLOSED;',
    before: { field: "Status status = 2;", draws: PACKED, beside: STATUS("") },
    after: { field: "Status status = 2;", draws: NEW_STATUS, beside: STATUS("STATUS_LATE = 2; ") },
  },
  {
    name: "add-presence",
    kind: "presence",
    before: QUANTITY,
    after: { field: "optional int32 quantity = 2;", draws: QUANTITY.draws },
  },
];

/** The edit of this name. */
export function editOf(name: string): Edit {
  const edit = EDITS.find((one) => one.name === name);
  if (edit === undefined) throw new Error(`there is no edit ${name}`);
  return edit;
}
