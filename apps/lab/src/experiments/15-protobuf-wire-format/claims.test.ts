import { fieldReadings, readWireFields } from "@polywire/wire/protobuf";
import { expect, test } from "vitest";
import { judge } from "../framework/judge.ts";
import { createRandom } from "../framework/random.ts";
import { createCodec } from "./codec.ts";
import { drawMessage } from "./drawn.ts";
import { encode, PROTOBUF, type Rules } from "./encoder.ts";
import { encodingClaim } from "./encoding-claim.ts";
import { groupsClaim } from "./groups-claim.ts";
import { drawMessages } from "./messages.ts";
import { renamingClaim, renamingCodecs } from "./renaming-claim.ts";
import { EARLY_ORDER, ORDER, ORDER_WITH_GROUP } from "./samples.ts";
import type { MessageSpec } from "./schema.ts";
import { schemalessClaim, TAP_VIEW } from "./schemaless-claim.ts";
import { sizesClaim, type WriteOne, writeOneWithProtobufEs } from "./sizes-claim.ts";
import { unknownFieldsClaim } from "./unknown-fields-claim.ts";

const order = createCodec(ORDER);
const withGroup = createCodec(ORDER_WITH_GROUP);

function messages(spec: MessageSpec, count = 20) {
  return drawMessages(spec, "testing", { count, random: createRandom(9), progress: async () => undefined });
}

const numberAlone: Rules = { ...PROTOBUF, key: (number) => BigInt(number) };

test("encodingClaim + holds for protobuf-es and is refuted by an encoder with a mistake in its rules", async () => {
  expect(judge((await encodingClaim(messages(ORDER), order.write)).verdict).outcome).toBe("holds");
  const eightBits: Rules = { ...PROTOBUF, varint: (value) => [Number(value & 0xffn), ...PROTOBUF.varint(value >> 8n)] };
  const { verdict, measured } = await encodingClaim(messages(ORDER), order.write, eightBits);
  expect(judge(verdict).outcome).toBe("refuted");
  expect(measured.differing).toBe(20);
});

test("encodingClaim + is invalid when its wrong encoders write what the real one writes", async () => {
  const { verdict } = await encodingClaim(messages(ORDER), (message) => encode(message, numberAlone));
  expect(judge(verdict).outcome).toBe("invalid");
  expect(judge((await encodingClaim(messages(ORDER, 0), order.write)).verdict).outcome).toBe("invalid");
});

test("renamingClaim + depends: free in binary, not in ProtoJSON", async () => {
  const { verdict, check } = await renamingClaim(messages(ORDER), renamingCodecs(ORDER));
  expect(judge(verdict)).toEqual({ outcome: "depends", sides: ["holds", "refuted"] });
  expect(verdict.because).toMatch(/key "\w+" is unknown/);
  expect(check.ok).toBe(true);
});

test("renamingClaim + holds for JSON without names, is refuted for bytes with names, is invalid for blind comparison", async () => {
  const codecs = renamingCodecs(ORDER);
  const nameless = { ...codecs, renamed: codecs.original };
  expect(judge((await renamingClaim(messages(ORDER), nameless)).verdict)).toEqual({
    outcome: "holds",
    sides: ["holds", "holds"],
  });
  const named = { ...codecs, renamed: { ...codecs.renamed, write: codecs.renumbered.write } };
  expect(judge((await renamingClaim(messages(ORDER), named)).verdict).outcome).toBe("refuted");
  const blind = { ...codecs, renumbered: codecs.original };
  expect(judge((await renamingClaim(messages(ORDER), blind)).verdict).outcome).toBe("invalid");
  const broken = { ...codecs, original: { ...codecs.original, readJson: codecs.renamed.readJson } };
  expect((await renamingClaim(messages(ORDER), broken)).check.ok).toBe(false);
});

test("sizesClaim + holds for protobuf-es and measures what the specification says", () => {
  const { verdict, measured } = sizesClaim(writeOneWithProtobufEs(), createRandom(1));
  expect(judge(verdict).outcome).toBe("holds");
  expect(measured.sizes.map(({ value, int32, sint32, fixed32 }) => [value, int32, sint32, fixed32])).toEqual([
    [0, 2, 2, 5],
    [1, 2, 2, 5],
    [127, 2, 3, 5],
    [128, 3, 3, 5],
    [2_097_152, 5, 5, 5],
    [2_147_483_647, 6, 6, 5],
    [-1, 11, 2, 5],
  ]);
});

test.each([
  ["cuts a negative int32 to 32 bits", "int32", (bytes: Uint8Array) => bytes.subarray(0, 6)],
  ["writes sint32 without ZigZag", "sint32", (bytes: Uint8Array) => new Uint8Array(bytes.length + 9)],
] as const)("sizesClaim + is refuted by an encoder that %s", (_, type, change) => {
  const write = writeOneWithProtobufEs();
  const broken: WriteOne = (other, value) => {
    const bytes = write(other, value);
    return other === type && value < 0 ? change(bytes) : bytes;
  };
  expect(judge(sizesClaim(broken, createRandom(1)).verdict).outcome).toBe("refuted");
});

test("unknownFieldsClaim + holds for protobuf-es and is refuted by a reader that loses or misreads something", async () => {
  const early = createCodec(EARLY_ORDER);
  const claim = async (reader: Parameters<typeof unknownFieldsClaim>[1]) =>
    judge((await unknownFieldsClaim(messages(EARLY_ORDER), reader, createRandom(2))).verdict).outcome;
  expect(await claim(early)).toBe("holds");
  expect(await claim({ rewrite: (bytes, mode) => early.rewrite(bytes, mode === "keep" ? "drop" : mode) })).toBe(
    "refuted",
  );
  const misread = {
    rewrite: (bytes: Uint8Array, mode: "keep" | "drop" | "ignore") =>
      early.rewrite(bytes, mode === "drop" ? "keep" : mode),
  };
  expect(await claim(misread)).toBe("refuted");
  const unforgetting = {
    rewrite: (bytes: Uint8Array, mode: "keep" | "drop" | "ignore") =>
      early.rewrite(bytes, mode === "ignore" ? "keep" : mode),
  };
  expect(await claim(unforgetting)).toBe("invalid");
});

test("groupsClaim + depends, and otherwise when a reader cannot skip groups or the naive one can", async () => {
  const readers = { withGroup, withoutGroup: order };
  const claim = async (changes: Partial<Parameters<typeof groupsClaim>[1]>) =>
    judge(
      (await groupsClaim({ plain: messages(ORDER), delimited: messages(ORDER_WITH_GROUP) }, { ...readers, ...changes }))
        .verdict,
    );
  expect(await claim({})).toEqual({ outcome: "depends", sides: ["holds", "refuted"] });
  const readFields = (bytes: Uint8Array) => ({ ...readWireFields(bytes), fields: [] });
  expect((await claim({ readFields })).outcome).toBe("holds");
  const rewrite = () => {
    throw new Error("wire type 3");
  };
  expect((await claim({ withoutGroup: { ...order, rewrite } })).outcome).toBe("holds");
  expect((await claim({ readFourTypes: readWireFields })).outcome).toBe("invalid");
});

test("schemalessClaim + depends, and otherwise for a view that misreads or knows the meaning", async () => {
  const claim = async (view: Partial<typeof TAP_VIEW>) =>
    judge((await schemalessClaim(messages(ORDER_WITH_GROUP), withGroup.write, { ...TAP_VIEW, ...view })).verdict);
  expect(await claim({})).toEqual({ outcome: "depends", sides: ["refuted", "holds"] });
  const misplaced = (bytes: Uint8Array) => {
    const { fields, error } = readWireFields(bytes);
    return { fields: fields.slice(1), error };
  };
  expect((await claim({ readFields: misplaced })).sides[0]).toBe("holds");
  // The one view that could refute the claim: it tells what a value means.
  const drawn = drawMessage(ORDER, createRandom(1));
  const [known] = readWireFields(encode(drawn)).fields;
  const oneReading = known === undefined ? [] : fieldReadings(known).slice(0, 1);
  expect((await claim({ readings: () => oneReading })).sides[1]).toBe("refuted");
});
