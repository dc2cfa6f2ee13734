import { create, createFileRegistry, type FileRegistry } from "@bufbuild/protobuf";
import {
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";

/** The scalar types with the number that their singular field has; the repeated one has 20 more, the packed one 40 more. */
export const SCALAR_FIELDS = [
  ["double", FieldDescriptorProto_Type.DOUBLE],
  ["float", FieldDescriptorProto_Type.FLOAT],
  ["int64", FieldDescriptorProto_Type.INT64],
  ["uint64", FieldDescriptorProto_Type.UINT64],
  ["int32", FieldDescriptorProto_Type.INT32],
  ["fixed64", FieldDescriptorProto_Type.FIXED64],
  ["fixed32", FieldDescriptorProto_Type.FIXED32],
  ["bool", FieldDescriptorProto_Type.BOOL],
  ["string", FieldDescriptorProto_Type.STRING],
  ["bytes", FieldDescriptorProto_Type.BYTES],
  ["uint32", FieldDescriptorProto_Type.UINT32],
  ["sfixed32", FieldDescriptorProto_Type.SFIXED32],
  ["sfixed64", FieldDescriptorProto_Type.SFIXED64],
  ["sint32", FieldDescriptorProto_Type.SINT32],
  ["sint64", FieldDescriptorProto_Type.SINT64],
] as const;

/** A schema with every kind of field: scalars, lists, packed lists, maps, enums, messages and a group. */
export const TEST_REGISTRY: FileRegistry = createFileRegistry(
  create(FileDescriptorProtoSchema, {
    name: "test.proto",
    package: "test",
    syntax: "proto2",
    enumType: [
      { name: "Color", value: [{ name: "RED" }, { name: "BLUE", number: 5 }].map((v) => ({ number: 0, ...v })) },
    ],
    messageType: [
      {
        name: "All",
        field: [
          ...SCALAR_FIELDS.flatMap(([name, type], index) => scalarFields(name, type, index + 1)),
          field({ name: "color", number: 61, type: FieldDescriptorProto_Type.ENUM, typeName: ".test.Color" }),
          field({ name: "child", number: 62, type: FieldDescriptorProto_Type.MESSAGE, typeName: ".test.All" }),
          field({ name: "group", number: 63, type: FieldDescriptorProto_Type.GROUP, typeName: ".test.All" }),
          field({
            name: "counts",
            number: 64,
            type: FieldDescriptorProto_Type.MESSAGE,
            typeName: ".test.All.CountsEntry",
            label: FieldDescriptorProto_Label.REPEATED,
          }),
        ],
        nestedType: [
          {
            name: "CountsEntry",
            options: { mapEntry: true },
            field: [
              field({ name: "key", number: 1, type: FieldDescriptorProto_Type.STRING }),
              field({ name: "value", number: 2, type: FieldDescriptorProto_Type.SINT32 }),
            ],
          },
        ],
      },
      {
        name: "ToServer",
        oneofDecl: [{ name: "request" }],
        field: [
          field({ name: "request_id", jsonName: "requestId", number: 1, type: FieldDescriptorProto_Type.UINT32 }),
          field({
            name: "subscribe",
            number: 2,
            type: FieldDescriptorProto_Type.MESSAGE,
            typeName: ".test.All",
            oneofIndex: 0,
          }),
        ],
      },
    ],
    service: [{ name: "Things", method: [{ name: "Get", inputType: ".test.All", outputType: ".test.All" }] }],
  }),
  () => undefined,
);

type FieldInit = Pick<FieldDescriptorProto, "name" | "number" | "type"> & Partial<FieldDescriptorProto>;

function field(init: Omit<FieldInit, "$typeName">): FieldDescriptorProto {
  return create(FieldDescriptorProtoSchema, {
    label: FieldDescriptorProto_Label.OPTIONAL,
    jsonName: init.name,
    ...init,
  });
}

function scalarFields(name: string, type: FieldDescriptorProto_Type, number: number): FieldDescriptorProto[] {
  const list = { type, label: FieldDescriptorProto_Label.REPEATED };
  const fields = [
    field({ name: `f_${name}`, number, type }),
    field({ name: `list_${name}`, number: number + 20, ...list }),
  ];
  if (name === "string" || name === "bytes") return fields;
  return [
    ...fields,
    create(FieldDescriptorProtoSchema, {
      ...list,
      name: `packed_${name}`,
      jsonName: `packed_${name}`,
      number: number + 40,
      options: { packed: true },
    }),
  ];
}
