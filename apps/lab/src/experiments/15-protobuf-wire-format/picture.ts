import { stripVTControlCharacters, styleText } from "node:util";
import {
  createProtobufView,
  type DecodedField,
  type DecodedValue,
  fieldReadings,
  readWireFields,
  type VarintField,
  type WireField,
} from "@polywire/wire/protobuf";
import { renderTable } from "../../terminal/table.ts";
import { exampleSchema } from "./example.ts";
import { drawSegment, drawVarintBits, segmentsOf } from "./ribbon.ts";
import { describeSchema } from "./schema.ts";
import type { SizedType } from "./sizes-claim.ts";

/** What the picture shows. */
export interface Picture {
  /** The example message. */
  readonly bytes: Uint8Array;
  /** The type of its first field. */
  readonly type: SizedType;
  readonly showSchema: boolean;
  readonly sizes: readonly ({ readonly value: number } & Readonly<Record<SizedType, number>>)[];
}

/** The byte ribbon of the example, its first field bit by bit, and what values cost. 80 columns. */
export function drawPicture({ bytes, type, showSchema, sizes }: Picture): string {
  const { message, registry } = describeSchema(exampleSchema(type));
  const decoded = createProtobufView({ registry }).decode(message.typeName, bytes)?.fields ?? [];
  const { fields } = readWireFields(bytes);
  const [first] = fields;
  const legend = `${drawSegment({ role: "key", bytes: Uint8Array.of(8) })} key   ${drawSegment({ role: "length", bytes: Uint8Array.of(9) })} length   › another byte of this varint follows`;
  const rows = fields.flatMap((field, index) => {
    const place = [styleText("dim", String(field.offset)), segmentsOf(bytes, field).map(drawSegment).join(" ")];
    const meanings = showSchema ? [withSchema(decoded[index])] : withoutSchema(field);
    return meanings.map((meaning, line) => [...(line === 0 ? place : ["", ""]), ...meaning]);
  });
  const columns = [
    { title: "at", align: "right" },
    { title: "bytes" },
    { title: showSchema ? "field" : "number" },
  ] as const;
  const rest = showSchema ? [{ title: "type" }, { title: "value" }] : [{ title: "what it may mean" }];
  return [
    styleText("bold", `A message of ${bytes.length} bytes`),
    legend,
    "",
    renderTable([...columns, ...rest], rows),
    "",
    ...(first === undefined
      ? []
      : [styleText("bold", "Its first field, bit by bit"), "", ...drawBits(bytes, first), ""]),
    styleText("bold", "Bytes of a value, with its key of one byte"),
    "",
    ...drawSizes(sizes),
  ].join("\n");
}

function withSchema(field: DecodedField | undefined): string[] {
  return [field?.name ?? "unknown", shortType(field?.type ?? ""), field?.value === undefined ? "" : show(field.value)];
}

/** `polywire.experiment.Parcel` is `Parcel` here. */
function shortType(type: string): string {
  return type.slice(type.lastIndexOf(".") + 1);
}

function show(value: DecodedValue): string {
  if (value.kind !== "message") return value.kind === "scalar" ? JSON.stringify(value.value) : value.kind;
  const fields = value.message.fields.map(({ name, value: inner }) => `${name}: ${inner ? show(inner) : "?"}`);
  return `{ ${fields.join(", ")} }`;
}

const MAX_READINGS = 3;
const READING_COLUMNS = 30;

/** A row for each reading; those after the first continue it. */
function withoutSchema(field: WireField): string[][] {
  const readings = fieldReadings(field).map(({ as, value }) => {
    if (as === "message" || as === "group") return as;
    if (value instanceof Uint8Array) return "bytes";
    const text = `${as} ${typeof value === "string" ? JSON.stringify(value) : String(value)}`;
    return text.length > READING_COLUMNS ? `${text.slice(0, READING_COLUMNS - 1)}…` : text;
  });
  const shown = readings.slice(0, MAX_READINGS);
  if (readings.length > shown.length) shown.push(`or ${readings.length - shown.length} more`);
  return shown.map((reading, index) => (index === 0 ? [String(field.number), reading] : ["", reading]));
}

function drawBits(bytes: Uint8Array, field: WireField): string[] {
  const key = bytes[field.offset] ?? 0;
  const start = field.offset + field.tagBytes;
  const rows = [
    [hex(key), drawVarintBits(key, 4), `number ${field.number}, wire type ${key & 7} (${field.wireType})`],
    ...[...bytes.subarray(start, field.end)].map((byte, index) =>
      field.wireType === "varint" ? varintRow(byte, index) : fixedRow(byte, index),
    ),
  ];
  const sum = field.wireType === "varint" ? [["", "", varintSum(field)]] : [];
  return [...rows, ...sum].map(([byte = "", bits = "", says = ""]) => {
    const padding = " ".repeat(Math.max(0, 11 - stripVTControlCharacters(bits).length));
    return `  ${byte.padEnd(2)}  ${bits}${padding}  ${says}`.trimEnd();
  });
}

function varintRow(byte: number, index: number): string[] {
  const place =
    index === 0 ? "the lowest seven bits" : index === 9 ? "bit 63" : `bits ${7 * index} to ${7 * index + 6}`;
  return [hex(byte), drawVarintBits(byte), `${place}; ${byte < 0x80 ? "0: the last byte" : "1: another byte follows"}`];
}

function fixedRow(byte: number, index: number): string[] {
  return [hex(byte), byte.toString(2).padStart(8, "0"), `bits ${8 * index} to ${8 * index + 7}`];
}

function varintSum({ value }: VarintField): string {
  const zigZag = (value >> 1n) ^ -(value & 1n);
  return `= ${BigInt.asIntN(64, value)} as int64, ${zigZag} as sint64`;
}

function drawSizes(sizes: Picture["sizes"]): string[] {
  const columns = [
    { title: "value", align: "right" },
    { title: "int32" },
    { title: "sint32" },
    { title: "fixed32" },
  ] as const;
  const bar = (size: number): string => `${styleText("green", "█".repeat(size))} ${size}`;
  const rows = sizes.map(({ value, int32, sint32, fixed32 }) => [String(value), bar(int32), bar(sint32), bar(fixed32)]);
  return [renderTable(columns, rows)];
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, "0");
}
