import { styleText } from "node:util";
import type { DescribedField, DescribedMessage } from "@polywire/wire/tap";
import { cutTo, padTo } from "../terminal/columns.ts";
import { wrap } from "../terminal/wrap.ts";
import { jsonLines } from "./json-lines.ts";
import { DETAIL_COLUMNS } from "./wire-line.ts";

const MAX_LINES = 200;
const BYTES_COLUMNS = 18;

/** A message of a call: its framing, and its fields byte by byte, or its text. */
export function drawMessage(message: DescribedMessage): string[] {
  const { length, framingBytes, compressed, typeName, codec, fields, text, hex } = message;
  const type = typeName === null ? codec : typeName.slice(typeName.lastIndexOf(".") + 1);
  const framing = framingBytes === 0 ? "" : `${framingBytes} + `;
  const size = `${framing}${length.toLocaleString("en-US")} B${compressed ? ", compressed" : ""}`;
  const head = `${styleText(["bold", "green"], type || "message")}  ${styleText("dim", size)}`;
  return [head, ...content()];

  function content(): string[] {
    if (fields !== undefined) return bounded(drawFields(fields, 0));
    if (text !== undefined) return bounded(drawText(text));
    return hex === undefined ? [] : bounded(wrapHex(hex));
  }
}

/** Messages inside messages are indented below their field. */
function drawFields(fields: readonly DescribedField[], depth: number): string[] {
  return fields.flatMap((field) => [drawField(field, depth), ...drawFields(field.fields ?? [], depth + 1)]);
}

/** `[0a](24) 6f2d…  order_id  "0193…"`: key in brackets, length in parentheses, then the value's bytes. */
function drawField({ hex, name, number, value, fields, type }: DescribedField, depth: number): string {
  const length = hex.length === "" ? "" : styleText("yellow", `(${hex.length})`);
  const ribbonRoom = BYTES_COLUMNS - 2 - hex.tag.length - (hex.length === "" ? 0 : hex.length.length + 2) - 1;
  const ribbon = `${styleText("cyan", `[${hex.tag}]`)}${length} ${styleText("green", cutTo(hex.value, Math.max(2, ribbonRoom)))}`;
  const indent = "  ".repeat(depth);
  const title = name ?? `#${number}`;
  const said = fields === undefined ? showValue(value) : shortType(type);
  const room = DETAIL_COLUMNS - BYTES_COLUMNS - 1 - indent.length - title.length - 1;
  return `${padTo(ribbon, BYTES_COLUMNS)} ${indent}${styleText("bold", title)} ${cutTo(said, Math.max(4, room))}`;
}

function showValue(value: DescribedField["value"]): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

function shortType(type: string | null): string {
  return type === null ? "" : type.slice(type.lastIndexOf(".") + 1);
}

function drawText(text: string): string[] {
  return (jsonLines(text) ?? text.split("\n")).map((line) => cutTo(line, DETAIL_COLUMNS));
}

function wrapHex(hex: string): string[] {
  return wrap(hex.replace(/(..)/g, "$1 ").trim(), DETAIL_COLUMNS).map((line) => styleText("green", line));
}

function bounded(lines: readonly string[]): string[] {
  if (lines.length <= MAX_LINES) return [...lines];
  return [...lines.slice(0, MAX_LINES), styleText("dim", `… ${lines.length - MAX_LINES} more lines`)];
}
