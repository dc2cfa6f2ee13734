import type { DescEnum, DescField, DescMessage, Registry, ScalarType } from "@bufbuild/protobuf";
import type { WireError } from "../core/wire-error.ts";
import type { WireField } from "./fields.ts";
import { type ProtobufOptions, resolveProtobufOptions } from "./options.ts";
import { type ScalarValue, scalarOf } from "./scalars.ts";
import { Budget, WireReader } from "./wire-reader.ts";

/** A message with the names and types of its schema, still in the order of the wire. */
export interface DecodedMessage {
  /** Fully qualified name; `null` for an entry of a map. */
  readonly typeName: string | null;
  readonly fields: readonly DecodedField[];
  /** The first fault in this message's own fields; a nested message has its own. */
  readonly error: WireError | null;
}

/** One field on the wire and what the schema says of it. */
export interface DecodedField {
  readonly wire: WireField;
  /** The name in the schema; `null`: the schema has no such number, or gives it a type that these bytes cannot have. */
  readonly name: string | null;
  /** The type in the schema: a scalar's name or a fully qualified one; `null` as for the name. */
  readonly type: string | null;
  /** `undefined` where there is no name. */
  readonly value: DecodedValue | undefined;
  /** How values of one number add up. */
  readonly cardinality: "singular" | "list" | "map";
}

/** A value as its type has it. */
export type DecodedValue =
  | { readonly kind: "scalar"; readonly value: ScalarValue }
  | { readonly kind: "enum"; readonly number: number; readonly name: string | undefined }
  | { readonly kind: "message"; readonly message: DecodedMessage }
  | { readonly kind: "packed"; readonly values: readonly DecodedValue[] };

/** Decodes messages by the schemas of one registry. */
export interface ProtobufView {
  /** Decodes a message; `undefined` when the registry has no such type. Never throws for bad bytes. */
  decode(typeName: string, bytes: Uint8Array): DecodedMessage | undefined;
  /** Type names of a method, from the path of its calls, `/package.Service/Method`; `undefined` when it is not there. */
  methodTypes(path: string): { readonly input: string; readonly output: string } | undefined;
}

/** Options of {@link createProtobufView}. */
export interface ProtobufViewOptions extends ProtobufOptions {
  /** The schemas, from `createRegistry` or `createFileRegistry` of @bufbuild/protobuf. */
  readonly registry: Registry;
}

/**
 * Creates a view on messages of known types.
 *
 * @throws RangeError when an option is out of its range.
 */
export function createProtobufView({ registry, ...options }: ProtobufViewOptions): ProtobufView {
  const resolved = resolveProtobufOptions(options);
  return {
    decode(typeName, bytes) {
      const desc = registry.getMessage(typeName);
      if (desc === undefined) return undefined;
      return new MessageDecoder(bytes, new Budget(resolved)).decode(desc);
    },
    methodTypes(path) {
      const [, service = "", name] = path.split("/");
      const method = registry.getService(service)?.methods.find((candidate) => candidate.name === name);
      return method && { input: method.input.typeName, output: method.output.typeName };
    },
  };
}

/** What the schema says a value is. */
type ValueType =
  | { readonly kind: "scalar"; readonly scalar: ScalarType }
  | { readonly kind: "enum"; readonly desc: DescEnum }
  | { readonly kind: "message"; readonly desc: DescMessage }
  | { readonly kind: "entry"; readonly key: ValueType; readonly value: ValueType };

interface FieldType {
  readonly name: string;
  readonly cardinality: DecodedField["cardinality"];
  readonly type: ValueType;
}

class MessageDecoder {
  readonly #bytes: Uint8Array;
  readonly #budget: Budget;

  constructor(bytes: Uint8Array, budget: Budget) {
    this.#bytes = bytes;
    this.#budget = budget;
  }

  decode(desc: DescMessage): DecodedMessage {
    return this.#read(0, this.#bytes.length, messageFields(desc));
  }

  #read(start: number, end: number, schema: Schema): DecodedMessage {
    const { fields, error } = new WireReader(this.#bytes, { start, end }, this.#budget).readAll();
    return { typeName: schema.typeName, fields: this.#name(fields, schema), error };
  }

  /** Gives fields their names; what they hold is one level deeper. */
  #name(fields: readonly WireField[], schema: Schema): DecodedField[] {
    this.#budget.depth--;
    const named = fields.map((wire) => this.#field(wire, schema.fields.get(wire.number)));
    this.#budget.depth++;
    return named;
  }

  #field(wire: WireField, field: FieldType | undefined): DecodedField {
    const value = field && this.#value(wire, field);
    if (field === undefined || value === undefined) {
      return { wire, name: null, type: null, value: undefined, cardinality: "singular" };
    }
    return { wire, name: field.name, type: typeName(field.type), value, cardinality: field.cardinality };
  }

  #value(wire: WireField, { type, cardinality }: FieldType): DecodedValue | undefined {
    if (type.kind === "message" || type.kind === "entry") return this.#nested(wire, type);
    const scalar = scalarOf(type.kind === "enum" ? INT32 : type.scalar);
    if (wire.wireType === scalar.wireType) return leaf(type, wire.value as bigint | number | Uint8Array);
    // Readers must take packed and unpacked alike, whatever the schema says.
    if (cardinality !== "list" || wire.wireType !== "length") return undefined;
    const range = { start: wire.end - wire.valueBytes, end: wire.end };
    const element = scalar.wireType as "varint" | "fixed32" | "fixed64";
    const raw = new WireReader(this.#bytes, range, this.#budget).readPacked(element);
    return raw && { kind: "packed", values: raw.map((one) => leaf(type, one)) };
  }

  #nested(wire: WireField, type: ValueType & { kind: "entry" | "message" }): DecodedValue | undefined {
    const schema = type.kind === "message" ? messageFields(type.desc) : entryFields(type);
    if (wire.wireType === "group") {
      const message = { typeName: schema.typeName, fields: this.#name(wire.value, schema), error: null };
      return { kind: "message", message };
    }
    if (wire.wireType !== "length") return undefined;
    return { kind: "message", message: this.#read(wire.end - wire.valueBytes, wire.end, schema) };
  }
}

const INT32 = 5 as ScalarType;

function leaf(type: ValueType & { kind: "enum" | "scalar" }, raw: bigint | number | Uint8Array): DecodedValue {
  if (type.kind === "scalar") return { kind: "scalar", value: scalarOf(type.scalar).read(raw) };
  const number = scalarOf(INT32).read(raw) as number;
  return { kind: "enum", number, name: type.desc.value[number]?.name };
}

interface Schema {
  readonly typeName: string | null;
  readonly fields: ReadonlyMap<number, FieldType>;
}

/** Descriptors live as long as the registry; so does what is made of them. */
const schemas = new WeakMap<DescMessage, Schema>();

function messageFields(desc: DescMessage): Schema {
  const known = schemas.get(desc);
  if (known !== undefined) return known;
  const fields = new Map(desc.fields.map((field) => [field.number, fieldType(field)]));
  const schema = { typeName: desc.typeName, fields };
  schemas.set(desc, schema);
  return schema;
}

function entryFields({ key, value }: ValueType & { kind: "entry" }): Schema {
  return {
    typeName: null,
    fields: new Map([
      [1, { name: "key", cardinality: "singular", type: key }],
      [2, { name: "value", cardinality: "singular", type: value }],
    ]),
  };
}

function fieldType(field: DescField): FieldType {
  const type = valueType(field);
  if (field.fieldKind !== "map") {
    return { name: field.name, cardinality: field.fieldKind === "list" ? "list" : "singular", type };
  }
  const key: ValueType = { kind: "scalar", scalar: field.mapKey };
  return { name: field.name, cardinality: "map", type: { kind: "entry", key, value: type } };
}

function valueType(field: DescField): ValueType {
  if (field.message !== undefined) return { kind: "message", desc: field.message };
  return field.enum !== undefined ? { kind: "enum", desc: field.enum } : { kind: "scalar", scalar: field.scalar };
}

function typeName(type: ValueType): string {
  switch (type.kind) {
    case "scalar":
      return scalarOf(type.scalar).name;
    case "enum":
    case "message":
      return type.desc.typeName;
    case "entry":
      return `map<${typeName(type.key)}, ${typeName(type.value)}>`;
  }
}
