import { hex, utf8 } from "../core/bytes.ts";
import type { DecodedField, DecodedMessage, DecodedValue } from "../protobuf/index.ts";
import type { CallMessage } from "./call-events.ts";
import type { DescribedField, DescribedMessage } from "./described.ts";
import { isSecretName, redacted, redactJson } from "./redact.ts";

const MAX_TEXT_CHARACTERS = 16_384;
const MAX_HEX_BYTES = 64;
const MAX_FIELDS = 1000;

/** A message of a call with its content readable and its secrets taken out. */
export function describeMessage(event: CallMessage): DescribedMessage {
  const { decoded, payload, ...rest } = event;
  const message = decoded.call(event);
  if (message !== undefined && payload !== null) return { ...rest, fields: describeFields(message, payload) };
  if (payload === null) return rest;
  if (isText(event.codec)) return { ...rest, text: redactJson(utf8(payload)).slice(0, MAX_TEXT_CHARACTERS) };
  return { ...rest, hex: cutHex(payload) };
}

function isText(codec: string): boolean {
  return codec === "json" || /json|^text\/|graphql|xml|x-www-form-urlencoded/.test(codec);
}

/** Positions in a decoded message count from the start of the outermost: `payload` is that one. */
function describeFields(message: DecodedMessage, payload: Uint8Array): DescribedField[] {
  return message.fields.slice(0, MAX_FIELDS).map((field) => describeField(field, payload));
}

function describeField({ wire, name, type, value }: DecodedField, payload: Uint8Array): DescribedField {
  const { number, wireType, offset, tagBytes, lengthBytes, valueBytes } = wire;
  const lengthAt = offset + tagBytes;
  const valueAt = lengthAt + lengthBytes;
  const secret = name !== null && isSecretName(name);
  const inner = value?.kind === "message" ? describeFields(value.message, payload) : undefined;
  return {
    number,
    name,
    type,
    wireType,
    offset,
    tagBytes,
    lengthBytes,
    valueBytes,
    hex: {
      tag: hex(payload.subarray(offset, lengthAt)),
      length: hex(payload.subarray(lengthAt, valueAt)),
      value: secret || inner !== undefined ? "" : cutHex(payload.subarray(valueAt, valueAt + valueBytes)),
    },
    value: secret ? redacted(valueBytes) : inner === undefined ? readable(value, wire) : null,
    ...(inner !== undefined && { fields: inner }),
  };
}

function readable(value: DecodedValue | undefined, wire: DecodedField["wire"]): DescribedField["value"] {
  switch (value?.kind) {
    case "scalar":
      if (typeof value.value === "bigint") return value.value.toString();
      return value.value instanceof Uint8Array ? cutHex(value.value) : value.value;
    case "enum":
      return value.name ?? value.number;
    case "packed":
      return value.values.map((one) => String(readable(one, wire))).join(", ");
    default:
      if (wire.wireType === "group") return "group";
      return wire.wireType === "length" ? cutHex(wire.value) : String(wire.value);
  }
}

function cutHex(bytes: Uint8Array): string {
  return bytes.length > MAX_HEX_BYTES ? `${hex(bytes.subarray(0, MAX_HEX_BYTES))}…` : hex(bytes);
}
