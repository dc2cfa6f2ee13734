import {
  type DescField,
  type DescMessage,
  fromJson,
  fromJsonString,
  type JsonValue,
  type MessageShape,
  ScalarType,
} from "@bufbuild/protobuf";
import { badRequest, rpcError } from "@polywire/rpc";

/** Options of `parseStrictJson`. */
export interface StrictJsonOptions {
  /** The fields (contract names) that may be there at the top level, when not all may. */
  fields?: readonly string[];
}

/**
 * Reads a message from JSON as ProtoJSON defines it, and more strictly where ProtoJSON lets mistakes pass: text that is
 * not UTF-8, keys given twice, unknown fields, and 64-bit integers as JSON numbers (which have lost digits beyond 2^53
 * before anybody can see it; they are strings here).
 *
 * @throws INVALID_ARGUMENT MALFORMED_REQUEST when it is not one JSON object.
 * @throws INVALID_ARGUMENT VALIDATION_FAILED naming each field that is unknown or of the wrong type.
 */
export function parseStrictJson<Desc extends DescMessage>(
  schema: Desc,
  input: string | Uint8Array,
  options: StrictJsonOptions = {},
): MessageShape<Desc> {
  const text = typeof input === "string" ? input : decodeUtf8(input);
  const json = parseJsonObject(text);
  const violations = [...shapeViolations(schema, json, { path: "", fields: options.fields, checkValues: false })];
  if (violations.length > 0) {
    throw badRequest(violations.slice(0, MAX_VIOLATIONS));
  }
  try {
    return fromJsonString(schema, text);
  } catch {
    const wrong = [...shapeViolations(schema, json, { path: "", fields: options.fields, checkValues: true })];
    // Without a field that is wrong by itself, a key is there twice.
    throw wrong.length > 0 ? badRequest(wrong.slice(0, MAX_VIOLATIONS)) : malformed("a key is given twice");
  }
}

/**
 * Reads one JSON object whose shape no contract describes.
 *
 * @throws INVALID_ARGUMENT MALFORMED_REQUEST when it is not UTF-8, not JSON or not an object.
 */
export function parseJsonObject(input: string | Uint8Array): { [key: string]: JsonValue } {
  const text = typeof input === "string" ? input : decodeUtf8(input);
  let json: JsonValue;
  try {
    json = JSON.parse(text);
  } catch {
    throw malformed("it is not JSON");
  }
  if (!isObject(json)) {
    throw malformed("it is not a JSON object");
  }
  return json;
}

// Keeps the error's details well under the header limits of gRPC stacks.
const MAX_VIOLATIONS = 16;
const MAX_NAME_LENGTH = 64;

interface Violation {
  field: string;
  rule: string;
  description: string;
}

interface Walk {
  path: string;
  fields?: readonly string[] | undefined;
  checkValues: boolean;
}

function* shapeViolations(message: DescMessage, json: JsonValue, walk: Walk): Generator<Violation> {
  if (hasOwnJsonForm(message) || json === null || typeof json !== "object" || Array.isArray(json)) {
    return;
  }
  for (const [key, value] of Object.entries(json)) {
    const field = message.fields.find(({ name, jsonName }) => name === key || jsonName === key);
    const path = `${walk.path}${(field?.name ?? key).slice(0, MAX_NAME_LENGTH)}`;
    if (field === undefined || walk.fields?.includes(field.name) === false) {
      yield { field: path, rule: "unknown_field", description: "there is no such field here" };
    } else {
      yield* valueViolations(field, value, { path, checkValues: walk.checkValues });
    }
  }
}

function* valueViolations(field: DescField, value: JsonValue, walk: Walk): Generator<Violation> {
  const { path, checkValues } = walk;
  if (field.fieldKind === "list" && Array.isArray(value)) {
    for (const [index, element] of value.entries()) {
      yield* elementViolations(field, [element], { path: `${path}[${index}]`, checkValues });
    }
  } else if (field.fieldKind === "map" && isObject(value)) {
    for (const [key, element] of Object.entries(value)) {
      const at = `${path}["${key.slice(0, MAX_NAME_LENGTH)}"]`;
      yield* elementViolations(field, { [key]: element }, { path: at, checkValues });
    }
  } else {
    yield* elementViolations(field, value, walk);
  }
}

/** `value` is the whole value of a singular field; of a list or map, a list or map of one element. */
function* elementViolations(field: DescField, value: JsonValue, { path, checkValues }: Walk): Generator<Violation> {
  const element = field.fieldKind === "list" || field.fieldKind === "map" ? Object.values(value ?? {})[0] : value;
  if (field.message !== undefined && !hasOwnJsonForm(field.message) && isObject(element)) {
    yield* shapeViolations(field.message, element, { path: `${path}.`, checkValues });
  } else if (typeof element === "number" && field.scalar !== undefined && LONG_TYPES.has(field.scalar)) {
    yield { field: path, rule: "int64_string", description: 'write 64-bit integers as strings, like "42"' };
  } else if (checkValues && !canRead(field, value)) {
    yield { field: path, rule: "type", description: `expected ${typeName(field)}` };
  }
}

function canRead(field: DescField, value: JsonValue): boolean {
  try {
    fromJson(field.parent, { [field.jsonName]: value });
    return true;
  } catch {
    return false;
  }
}

const LONG_TYPES: ReadonlySet<ScalarType> = new Set([
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.SINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
]);

function typeName(field: DescField): string {
  const list = field.fieldKind === "list" ? "a list of " : "";
  if (field.enum !== undefined) {
    return `${list}one of ${field.enum.values.map(({ name }) => name).join(", ")}`;
  }
  return list + (field.scalar === undefined ? (field.message?.name ?? "") : ScalarType[field.scalar].toLowerCase());
}

/** Timestamps, durations, field masks and their like are strings in JSON, or objects with rules of their own. */
function hasOwnJsonForm(message: DescMessage): boolean {
  return message.typeName.startsWith("google.protobuf.");
}

function isObject(value: JsonValue | undefined): value is { [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw malformed("it is not UTF-8");
  }
}

function malformed(why: string) {
  return rpcError("MALFORMED_REQUEST", `the body cannot be read: ${why}`);
}
