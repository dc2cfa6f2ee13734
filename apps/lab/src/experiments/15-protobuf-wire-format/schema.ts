import { create, createFileRegistry, type DescMessage, type FileRegistry } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  Edition,
  EnumDescriptorProtoSchema,
  FeatureSet_MessageEncoding,
  FeatureSet_RepeatedFieldEncoding,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";

/** Types of fields that hold no message, by their names in .proto files. */
export const SCALARS = {
  int32: FieldDescriptorProto_Type.INT32,
  int64: FieldDescriptorProto_Type.INT64,
  uint32: FieldDescriptorProto_Type.UINT32,
  uint64: FieldDescriptorProto_Type.UINT64,
  sint32: FieldDescriptorProto_Type.SINT32,
  sint64: FieldDescriptorProto_Type.SINT64,
  bool: FieldDescriptorProto_Type.BOOL,
  enum: FieldDescriptorProto_Type.ENUM,
  fixed32: FieldDescriptorProto_Type.FIXED32,
  sfixed32: FieldDescriptorProto_Type.SFIXED32,
  float: FieldDescriptorProto_Type.FLOAT,
  fixed64: FieldDescriptorProto_Type.FIXED64,
  sfixed64: FieldDescriptorProto_Type.SFIXED64,
  double: FieldDescriptorProto_Type.DOUBLE,
  string: FieldDescriptorProto_Type.STRING,
  bytes: FieldDescriptorProto_Type.BYTES,
} as const;

/** A type of field that holds no message. */
export type Scalar = keyof typeof SCALARS;

/** A field of a schema of this experiment. */
export interface FieldSpec {
  readonly name: string;
  readonly number: number;
  /** A `group` is a message between a start and an end key instead of behind a length. */
  readonly type: Scalar | "message" | "group";
  /** What a message or group holds. */
  readonly holds?: MessageSpec;
  /** Several values: one behind the other (`packed`), or each with its key (`expanded`). */
  readonly list?: "packed" | "expanded";
  /** Set in every message drawn. */
  readonly always?: true;
}

/** A message of a schema of this experiment, fields in ascending order of their numbers. */
export interface MessageSpec {
  readonly name: string;
  readonly fields: readonly FieldSpec[];
}

/** The same schema with another name for every field, those of messages inside included. */
export function renameFields(spec: MessageSpec, rename: (name: string) => string): MessageSpec {
  return mapFields(spec, (field) => ({ ...field, name: rename(field.name) }));
}

/** The same schema with another number for every field. */
export function renumberFields(spec: MessageSpec, renumber: (number: number) => number): MessageSpec {
  return mapFields(spec, (field) => ({ ...field, number: renumber(field.number) }));
}

/** What protobuf-es makes of a schema: the message, and the registry that holds it and those inside. */
export interface Described {
  readonly message: DescMessage;
  readonly registry: FileRegistry;
}

const PACKAGE = "polywire.experiment";

/** Builds the descriptors that a compiler would make of the schema as a file of edition 2023. */
export function describeSchema(spec: MessageSpec): Described {
  const status = create(EnumDescriptorProtoSchema, {
    name: "Status",
    value: [
      { name: "STATUS_UNSPECIFIED", number: 0 },
      { name: "STATUS_PACKED", number: 1 },
    ],
  });
  const file = create(FileDescriptorProtoSchema, {
    name: "experiment.proto",
    package: PACKAGE,
    syntax: "editions",
    edition: Edition.EDITION_2023,
    enumType: [status],
    messageType: messagesOf(spec).map(describeMessage),
  });
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));
  const message = registry.getMessage(`${PACKAGE}.${spec.name}`);
  if (message === undefined) throw new Error(`the schema has no message ${spec.name}`);
  return { message, registry };
}

function describeMessage({ name, fields }: MessageSpec): DescriptorProto {
  return create(DescriptorProtoSchema, { name, field: fields.map(describeField) });
}

function describeField({ name, number, type, holds, list }: FieldSpec): FieldDescriptorProto {
  const typeName = holds?.name ?? (type === "enum" ? "Status" : undefined);
  return create(FieldDescriptorProtoSchema, {
    name,
    number,
    jsonName: name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    type: type === "message" || type === "group" ? FieldDescriptorProto_Type.MESSAGE : SCALARS[type],
    label: list === undefined ? FieldDescriptorProto_Label.OPTIONAL : FieldDescriptorProto_Label.REPEATED,
    ...(typeName !== undefined && { typeName: `.${PACKAGE}.${typeName}` }),
    options: {
      features: {
        ...(type === "group" && { messageEncoding: FeatureSet_MessageEncoding.DELIMITED }),
        ...(list === "expanded" && { repeatedFieldEncoding: FeatureSet_RepeatedFieldEncoding.EXPANDED }),
      },
    },
  });
}

function messagesOf(spec: MessageSpec): MessageSpec[] {
  const inside = spec.fields.flatMap(({ holds }) => (holds === undefined ? [] : messagesOf(holds)));
  return [...new Map([spec, ...inside].map((message) => [message.name, message])).values()];
}

function mapFields(spec: MessageSpec, change: (field: FieldSpec) => FieldSpec): MessageSpec {
  const fields = spec.fields.map((field) => {
    const changed = change(field);
    return field.holds === undefined ? changed : { ...changed, holds: mapFields(field.holds, change) };
  });
  return { ...spec, fields };
}
