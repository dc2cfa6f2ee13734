import { hex } from "../core/bytes.ts";
import type { DecodedField, DecodedMessage, DecodedValue } from "./message.ts";

/**
 * A decoded message as a plain object for people and for JSON: names of the schema, integers of 64 bits as strings,
 * bytes in hexadecimal, enum values by name. A field without a name is shown as `#<number>`. It is not ProtoJSON:
 * what is not on the wire is not shown, and nothing is left out.
 */
export function toReadable(message: DecodedMessage): Record<string, unknown> {
  const readable: Record<string, unknown> = Object.create(null);
  for (const field of message.fields) {
    const key = field.name ?? `#${field.wire.number}`;
    if (field.cardinality === "singular" && field.name !== null) readable[key] = plain(field.value);
    else if (field.cardinality === "map") {
      readable[key] ??= Object.create(null);
      addEntry(readable[key] as Record<string, unknown>, field);
    } else {
      readable[key] ??= [];
      (readable[key] as unknown[]).push(...elements(field));
    }
  }
  return readable;
}

function elements({ wire, value }: DecodedField): unknown[] {
  if (value?.kind === "packed") return value.values.map(plain);
  if (value !== undefined) return [plain(value)];
  if (wire.wireType === "length") return [hex(wire.value)];
  return [wire.wireType === "group" ? "group" : String(wire.value)];
}

function addEntry(map: Record<string, unknown>, { value }: DecodedField): void {
  if (value?.kind !== "message") return;
  const { key = "", value: content } = toReadable(value.message);
  map[String(key)] = content;
}

function plain(value: DecodedValue | undefined): unknown {
  switch (value?.kind) {
    case "scalar":
      if (typeof value.value === "bigint") return value.value.toString();
      return value.value instanceof Uint8Array ? hex(value.value) : value.value;
    case "enum":
      return value.name ?? value.number;
    case "message":
      return toReadable(value.message);
    case "packed":
      return value.values.map(plain);
    default:
      return undefined;
  }
}
