import { readWireFields } from "@polywire/wire/protobuf";
import { expect, test } from "vitest";
import { createRandom } from "../framework/random.ts";
import { drawMessage } from "./drawn.ts";
import { encode, encodeRecords } from "./encoder.ts";
import { readNumbers } from "./naive-reader.ts";
import { ADDED_LATER, ORDER, ORDER_WITH_GROUP, oneField } from "./samples.ts";
import type { FieldSpec } from "./schema.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const only = (field: Omit<FieldSpec, "name">, value: number | bigint | string) => [
  { field: oneField(field).fields[0] as FieldSpec, value },
];

test.each([
  // The examples of https://protobuf.dev/programming-guides/encoding/.
  [{ number: 1, type: "int32" }, 150, "089601"],
  [{ number: 2, type: "string" }, "testing", "120774657374696e67"],
  [{ number: 1, type: "int32" }, -2, "08feffffffffffffffff01"],
  [{ number: 1, type: "sint32" }, -2, "0803"],
  [{ number: 1, type: "sint32" }, 2_147_483_647, "08feffffff0f"],
  [{ number: 16, type: "fixed32" }, 1, "85010100" + "0000"],
  [{ number: 1, type: "double" }, 1, "09000000000000f03f"],
] as const)("encode + writes %j of %j as the specification says", (field, value, expected) => {
  expect(hex(encode(only(field, value)))).toBe(expected);
});

test("drawMessage + sets every field of the schema now and then, and those that are always set each time", () => {
  const random = createRandom(1);
  const drawn = Array.from({ length: 50 }, () => drawMessage(ORDER_WITH_GROUP, random));
  const set = new Set(drawn.flatMap((message) => message.map(({ field }) => field.name)));
  expect([...set].toSorted()).toEqual(ORDER_WITH_GROUP.fields.map(({ name }) => name).toSorted());
  expect(drawn.every((message) => message.some(({ field }) => field.name === "parcel"))).toBe(true);
});

test("encodeRecords + tells wire types and contents as they are on the wire", () => {
  const message = drawMessage(ADDED_LATER, createRandom(3));
  const { fields, error } = readWireFields(encode(message));
  expect(error).toBeNull();
  expect(fields.map(({ number, valueBytes }) => [number, valueBytes])).toEqual(
    encodeRecords(message).map(({ field, content }) => [field.number, content.length]),
  );
  expect(encodeRecords(message).map(({ wireType }) => wireType)).toEqual([0, 1, 2, 3, 5]);
});

test("readNumbers + reads types 0, 1, 2 and 5 and gives up on a group", () => {
  const message = drawMessage(ORDER, createRandom(2));
  expect(readNumbers(encode(message))).toEqual(encodeRecords(message).map(({ field }) => field.number));
  expect(() => readNumbers(encode(drawMessage(ORDER_WITH_GROUP, createRandom(2))))).toThrow(/wire type 3/);
  expect(() => readNumbers(Uint8Array.of(0x08))).toThrow(/inside a varint/);
  expect(() => readNumbers(Uint8Array.of(0x0d, 1))).toThrow(/inside a value/);
});
