import type { DescribedField, DescribedMessage } from "@polywire/wire/tap";
import { formatWhole } from "../../terminal/table.ts";
import { jsonLines } from "../json-lines.ts";
import { type Html, html, NO_HTML } from "./html.ts";

/** Fields shown of a message; the rest is counted. */
const MAX_FIELDS = 200;
const MAX_LINES = 200;

/** A message byte by byte: key, length and value of every field of protobuf; of JSON its text. */
export function bytesHtml(message: DescribedMessage): Html {
  const { from, length, framingBytes, compressed, typeName, codec, fields, text, hex } = message;
  const name = typeName === null ? codec || "message" : typeName.slice(typeName.lastIndexOf(".") + 1);
  const framing = framingBytes === 0 ? "" : `${framingBytes} B of framing and `;
  return html`<section class="connection"><h4>${name} <span class="dim">from the ${from}, ${framing}${formatWhole(length)} B${compressed ? ", compressed" : ""}</span></h4>${content()}</section>`;

  function content(): Html {
    if (fields !== undefined) return fieldsHtml(fields);
    if (text !== undefined) return html`<pre>${cutLines(jsonLines(text) ?? text.split("\n"))}</pre>`;
    return hex === undefined
      ? html`<p class="dim">Its content is not shown.</p>`
      : html`<pre class="hex">${hex.replace(/(..)/g, "$1 ").trim()}</pre>`;
  }
}

function cutLines(lines: readonly string[]): string {
  const more = lines.length > MAX_LINES ? [`… ${lines.length - MAX_LINES} more lines`] : [];
  return [...lines.slice(0, MAX_LINES), ...more].join("\n");
}

function fieldsHtml(fields: readonly DescribedField[]): Html {
  const rows = flatten(fields, 0);
  if (rows.length === 0)
    return html`<p class="dim">An empty message: every field has its default, which takes no bytes.</p>`;
  const more =
    rows.length > MAX_FIELDS ? html`<p class="dim">and ${rows.length - MAX_FIELDS} more fields</p>` : NO_HTML;
  return html`<ul class="key"><li><span class="tag">key</span> number and wire type</li><li><span class="length">length</span></li><li><span class="value">value</span></li></ul>
<div class="fields" role="table" aria-label="Fields and their bytes">${rows.slice(0, MAX_FIELDS).map(fieldHtml)}</div>${more}`;
}

interface FieldRow {
  readonly field: DescribedField;
  readonly depth: number;
}

function flatten(fields: readonly DescribedField[], depth: number): FieldRow[] {
  return fields.flatMap((field) => [{ field, depth }, ...flatten(field.fields ?? [], depth + 1)]);
}

function fieldHtml({ field, depth }: FieldRow): Html {
  const { number, name, type, wireType, hex, value, fields } = field;
  const short = type === null ? wireType : type.slice(type.lastIndexOf(".") + 1);
  const shown = fields === undefined ? (typeof value === "string" ? JSON.stringify(value) : String(value)) : "";
  return html`<div role="row" style="--depth: ${depth}"><span role="cell" class="name"><b>${name ?? "unknown"}</b> <span class="dim">${number}: ${short}</span></span>
<span role="cell" class="ribbon"><span class="tag">${hex.tag}</span>${hex.length === "" ? NO_HTML : html`<span class="length">${hex.length}</span>`}${hex.value === "" ? NO_HTML : html`<span class="value">${hex.value}</span>`}</span>
<span role="cell" class="said">${shown}</span></div>`;
}
