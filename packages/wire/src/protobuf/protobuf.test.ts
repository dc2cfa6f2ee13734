import { create, type DescMessage, type MessageShape, toBinary, toJson } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromHex } from "../../tests/support/hex.ts";
import { SCALAR_FIELDS, TEST_REGISTRY } from "../../tests/support/test-proto.ts";
import { readWireFields } from "./decoder.ts";
import { createProtobufView } from "./message.ts";
import { toReadable } from "./readable.ts";
import { fieldReadings } from "./readings.ts";

const ALL = TEST_REGISTRY.getMessage("test.All") as DescMessage;
const view = createProtobufView({ registry: TEST_REGISTRY });

const VALUES: Record<(typeof SCALAR_FIELDS)[number][0], fc.Arbitrary<unknown>> = {
  double: fc.double({ noNaN: true }),
  float: fc.float({ noNaN: true }),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  int32: fc.integer(),
  fixed64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fixed32: fc.nat(0xffff_ffff),
  bool: fc.boolean(),
  string: fc.string({ unit: "grapheme" }),
  bytes: fc.uint8Array(),
  uint32: fc.nat(0xffff_ffff),
  sfixed32: fc.integer(),
  sfixed64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  sint32: fc.integer(),
  sint64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
};

/** Any message of the test schema, as the object that protobuf-es makes messages from. */
const message: fc.Arbitrary<Record<string, unknown>> = fc.letrec<{ all: Record<string, unknown> }>((tie) => ({
  all: fc.record(
    {
      ...Object.fromEntries(
        SCALAR_FIELDS.flatMap(([name]) => [
          [`f_${name}`, VALUES[name]],
          [`list_${name}`, fc.array(VALUES[name], { minLength: 1, maxLength: 3 })],
          ...(name === "string" || name === "bytes"
            ? []
            : [[`packed_${name}`, fc.array(VALUES[name], { minLength: 1, maxLength: 3 })]]),
        ]),
      ),
      color: fc.constantFrom(0, 5),
      child: fc.option(tie("all"), { nil: undefined, maxDepth: 2 }),
      group: fc.option(tie("all"), { nil: undefined, maxDepth: 2 }),
      counts: fc.dictionary(fc.string(), fc.integer(), { minKeys: 1, maxKeys: 3 }),
    },
    { requiredKeys: [] },
  ),
})).all;

/** protobuf-es has no empty optional message in its init; names become its own. */
function toInit(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, content]) => content !== undefined)
      .map(([name, content]) => {
        const local = ALL.fields.find((field) => field.name === name)?.localName ?? name;
        return [local, name === "child" || name === "group" ? toInit(content as Record<string, unknown>) : content];
      }),
  );
}

/** What `toReadable` should show for the object that a message was made from. */
function expected(value: unknown, name = ""): unknown {
  if (Array.isArray(value)) return value.map((one) => expected(one));
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (typeof value === "bigint") return value.toString();
  if (name === "color") return value === 5 ? "BLUE" : "RED";
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, content]) => content !== undefined);
  return Object.fromEntries(entries.map(([key, content]) => [key, expected(content, key)]));
}

test("createProtobufView + shows any message that protobuf-es writes as it was", () => {
  fc.assert(
    fc.property(message, (value) => {
      const bytes = toBinary(ALL, create(ALL, toInit(value) as MessageShape<DescMessage>));
      const decoded = view.decode("test.All", bytes);
      expect(decoded?.error).toBeNull();
      const readable = decoded === undefined ? undefined : toReadable(decoded);
      expect(JSON.parse(JSON.stringify(readable))).toEqual(JSON.parse(JSON.stringify(expected(value))));
    }),
    { numRuns: 150 },
  );
});

test("createProtobufView + agrees with protobuf-es on a large real message", () => {
  const file = ALL.file.proto;
  const { file: registryFile } = FileDescriptorProtoSchema;
  const known = createProtobufView({
    registry: { ...TEST_REGISTRY, getMessage: (name) => registryFile.messages.find((desc) => desc.typeName === name) },
  });
  const decoded = known.decode("google.protobuf.FileDescriptorProto", toBinary(FileDescriptorProtoSchema, file));
  const readable = decoded === undefined ? {} : toReadable(decoded);
  const json = toJson(FileDescriptorProtoSchema, file, { useProtoFieldName: true });
  expect(JSON.parse(JSON.stringify(readable))).toEqual(json);
});

test("readWireFields + every byte belongs to one field", () => {
  fc.assert(
    fc.property(message, (value) => {
      const bytes = toBinary(ALL, create(ALL, toInit(value) as MessageShape<DescMessage>));
      let position = 0;
      for (const field of readWireFields(bytes).fields) {
        expect(field.offset).toBe(position);
        const endTag = field.wireType === "group" ? field.tagBytes : 0;
        position += field.tagBytes + field.lengthBytes + field.valueBytes + endTag;
        expect(field.end).toBe(position);
      }
      expect(position).toBe(bytes.length);
    }),
    { numRuns: 100 },
  );
});

test("readWireFields + tags, varints and lengths where the encoding guide has them", () => {
  const { fields, error } = readWireFields(
    fromHex("089601 1207 74657374696e67 1d01000000 21ffffffffffffffff 2b0801 2c"),
  );
  expect(error).toBeNull();
  expect(fields).toMatchObject([
    { number: 1, wireType: "varint", value: 150n, offset: 0, tagBytes: 1, lengthBytes: 0, valueBytes: 2 },
    { number: 2, wireType: "length", offset: 3, tagBytes: 1, lengthBytes: 1, valueBytes: 7 },
    { number: 3, wireType: "fixed32", value: 1, offset: 12 },
    { number: 4, wireType: "fixed64", value: 2n ** 64n - 1n, offset: 17 },
    { number: 5, wireType: "group", offset: 26, valueBytes: 2, end: 30, value: [{ number: 1, value: 1n, offset: 27 }] },
  ]);
});

test.each([
  ["a varint of eleven bytes", "08ffffffffffffffffffff01", "varint_too_long", 1],
  ["a varint without an end", "08ff", "truncated", 2],
  ["a length beyond the end", "0a0561", "truncated", 3],
  ["a length beyond any memory", "0affffffffffffffffff01", "truncated", 11],
  ["half a fixed32", "0d0000", "truncated", 3],
  ["half a fixed64", "0900000000", "truncated", 5],
  ["field number 0", "0001", "bad_field_number", 0],
  ["a field number beyond 2^29-1", "8080808010", "bad_field_number", 0],
  ["wire type 6", "0801 0e", "bad_wire_type", 2],
  ["wire type 7", "0f", "bad_wire_type", 0],
  ["a group without an end", "0b0801", "truncated", 3],
  ["a group with another's end", "0b14", "unexpected_end_group", 1],
  ["an end without a group", "0c", "unexpected_end_group", 0],
])("readWireFields + refuses %s", (...[, hex, code, offset]) => {
  const { error } = readWireFields(fromHex(hex));
  expect(error).toMatchObject({ code: `protobuf.${code}`, offset });
});

test("readWireFields + bits of a varint beyond the 64th are dropped", () => {
  const { fields } = readWireFields(fromHex("08ffffffffffffffffff7f"));
  expect(fields).toMatchObject([{ value: 2n ** 64n - 1n }]);
});

test("readWireFields + the limits on depth and number of fields hold", () => {
  const deep = new Uint8Array(5000).fill(0x0b);
  expect(readWireFields(deep).error?.code).toBe("protobuf.too_deep");
  const wide = readWireFields(new Uint8Array(100).fill(0x08), { maxFields: 10 });
  expect(wide).toMatchObject({ error: { code: "protobuf.too_many_fields" } });
  expect(wide.fields).toHaveLength(10);
});

test("createProtobufView + nested messages count against depth and fields as well", () => {
  const nested = (depth: number): Uint8Array =>
    depth === 0
      ? new Uint8Array()
      : new BinaryWriter()
          .tag(62, WireType.LengthDelimited)
          .bytes(nested(depth - 1))
          .finish();
  const shallow = createProtobufView({ registry: TEST_REGISTRY, maxDepth: 3 });
  const text = JSON.stringify(shallow.decode("test.All", nested(4)), (_, value) =>
    typeof value === "bigint" ? `${value}` : value,
  );
  expect(text).toContain("protobuf.too_deep");
  expect(JSON.stringify(shallow.decode("test.All", nested(2)), (_, value) => value)).not.toContain("too_deep");
});

test("createProtobufView + what the schema does not have, or has with another wire type, stays raw", () => {
  const bytes = new BinaryWriter();
  bytes.tag(500, WireType.Varint).uint32(7).tag(1, WireType.Varint).uint32(9);
  const decoded = view.decode("test.All", bytes.finish());
  expect(decoded?.fields).toMatchObject([
    { name: null, type: null, wire: { number: 500, value: 7n } },
    { name: null, type: null, wire: { number: 1, value: 9n } },
  ]);
  expect(decoded && { ...toReadable(decoded) }).toEqual({ "#500": ["7"], "#1": ["9"] });
  expect(view.decode("test.Missing", new Uint8Array())).toBeUndefined();
});

test("createProtobufView + finds the types of a method by its path", () => {
  expect(view.methodTypes("/test.Things/Get")).toEqual({ input: "test.All", output: "test.All" });
  expect(view.methodTypes("/test.Things/Put")).toBeUndefined();
  expect(view.methodTypes("nonsense")).toBeUndefined();
});

test.each([
  ["0802", ["uint64", "int64", "sint64"]],
  ["0801", ["uint64", "int64", "sint64", "bool"]],
  ["0a020801", ["bytes", "string", "message", "packed varints"]],
  ["0a03616263", ["bytes", "string", "packed varints"]],
  ["0a01ff", ["bytes"]],
  ["0d00000000", ["fixed32", "sfixed32", "float"]],
  ["090000000000000000", ["fixed64", "sfixed64", "double"]],
])("fieldReadings + lists all that %s may mean", (hex, readings) => {
  const [field] = readWireFields(fromHex(hex)).fields;
  expect(field && fieldReadings(field).map(({ as }) => as)).toEqual(readings);
});

test("readWireFields and createProtobufView + any bytes give a result", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const { fields } = readWireFields(bytes);
      for (const field of fields) fieldReadings(field);
      const decoded = view.decode("test.All", bytes);
      if (decoded !== undefined) toReadable(decoded);
    }),
    { numRuns: 2000 },
  );
});
