import {
  create,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  type Message,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import type { Drawn, Value } from "./drawn.ts";
import { type Described, describeSchema, type MessageSpec } from "./schema.ts";

/** protobuf-es with one schema. */
export interface Codec extends Described {
  /** Encodes a message; it may have been drawn for another schema whose fields stand in the same order. */
  write(drawn: Drawn): Uint8Array<ArrayBuffer>;
  /** Reads bytes and writes what was read, with or without the fields that the schema does not have. */
  rewrite(bytes: Uint8Array, unknownFields: "keep" | "drop" | "ignore"): Uint8Array<ArrayBuffer>;
  /** What the bytes say, as ProtoJSON. */
  toJson(bytes: Uint8Array): JsonValue;
  writeJson(drawn: Drawn): JsonValue;
  /** @throws Error when the JSON does not fit the schema. */
  readJson(json: JsonValue): Message;
}

/** Compiles a schema for protobuf-es. `drawnFrom`: the schema that its messages are drawn for, when that is another. */
export function createCodec(spec: MessageSpec, drawnFrom: MessageSpec = spec): Codec {
  const described = describeSchema(spec);
  const { message } = described;
  const build = (drawn: Drawn): Message => create(message, toInit({ drawn, spec: drawnFrom, desc: message }));
  return {
    ...described,
    write: (drawn) => toBinary(message, build(drawn)),
    rewrite: (bytes, unknownFields) => {
      const read = fromBinary(message, bytes, { readUnknownFields: unknownFields !== "ignore" });
      return toBinary(message, read, { writeUnknownFields: unknownFields !== "drop" });
    },
    toJson: (bytes) => toJson(message, fromBinary(message, bytes)),
    writeJson: (drawn) => toJson(message, build(drawn)),
    readJson: (json) => fromJson(message, json),
  };
}

interface Level {
  readonly drawn: Drawn;
  readonly spec: MessageSpec;
  readonly desc: DescMessage;
}

/** The object that protobuf-es makes a message of. Fields are found by position: names and numbers may differ. */
function toInit({ drawn, spec, desc }: Level): Record<string, unknown> {
  const entries = drawn.map(({ field, value }) => {
    const known = desc.fields[spec.fields.indexOf(field)];
    if (known === undefined) throw new Error(`the schema has no field for ${field.name}`);
    const plain = (one: Value): unknown => {
      if (typeof one !== "object" || one instanceof Uint8Array) return one;
      if (known.message === undefined || field.holds === undefined) throw new Error(`${field.name} holds no message`);
      return toInit({ drawn: one.message, spec: field.holds, desc: known.message });
    };
    return [known.localName, Array.isArray(value) ? value.map(plain) : plain(value as Value)];
  });
  return Object.fromEntries(entries);
}
