import { defineExperiment } from "../framework/experiment.ts";
import { parameter } from "../framework/parameters.ts";
import { createCodec } from "./codec.ts";
import { encodingClaim } from "./encoding-claim.ts";
import { exampleBytes } from "./example.ts";
import { groupsClaim } from "./groups-claim.ts";
import { drawMessages } from "./messages.ts";
import { drawPicture } from "./picture.ts";
import { renamingClaim, renamingCodecs } from "./renaming-claim.ts";
import { EARLY_ORDER, ORDER, ORDER_WITH_GROUP } from "./samples.ts";
import type { MessageSpec } from "./schema.ts";
import { schemalessClaim } from "./schemaless-claim.ts";
import { SIZED_TYPES, sizesClaim, writeOneWithProtobufEs } from "./sizes-claim.ts";
import { unknownFieldsClaim } from "./unknown-fields-claim.ts";

/** What protobuf puts on the wire, and what it leaves out. */
export const experiment = defineExperiment({
  id: "15-protobuf-wire-format",
  question: 15,
  title: "Protobuf's wire format: tags, varints, unknown fields",
  needs: [],
  parameters: {
    value: parameter.whole({
      description: "the value shown bit by bit in the picture",
      default: 300,
      min: -(2 ** 31),
      max: 2 ** 31 - 1,
    }),
    type: parameter.choice({ description: "the type it is shown as", default: "int32", of: SIZED_TYPES }),
    showSchema: parameter.onOff({ description: "name the fields in the picture, as only a schema can", default: true }),
    messages: parameter.whole({
      description: "messages drawn for each claim",
      default: { small: 1_000, full: 100_000 },
      min: 1,
      max: 10_000_000,
    }),
  },
  claims: [
    {
      id: "15.1",
      text: "Each field is a varint key (number << 3) | wire type and a value; a varint carries 7 bits a byte, so the numbers 1 to 15 cost one key byte.",
      expected: "holds",
    },
    { id: "15.2", text: "Names are not on the wire, so renaming a field is free.", expected: "depends" },
    {
      id: "15.3",
      text: "A negative int32 takes 10 bytes, a small sint32 (ZigZag) takes 1.",
      expected: "holds",
    },
    {
      id: "15.4",
      text: "A reader skips field numbers that it does not know by their wire type, and can keep and write them again.",
      expected: "holds",
    },
    { id: "15.5", text: "The wire types are 0, 1, 2 and 5.", expected: "depends" },
    { id: "15.6", text: "The bytes mean nothing without the .proto.", expected: "depends" },
  ],

  async run({ parameters, random, progress }) {
    const draw = (spec: MessageSpec, purpose: string) =>
      drawMessages(spec, purpose, { count: parameters.messages, random, progress });
    const order = createCodec(ORDER);

    const encoding = await encodingClaim(draw(ORDER, "comparing encoders"), order.write);
    const renaming = await renamingClaim(draw(ORDER, "renaming fields"), renamingCodecs(ORDER));
    const sizes = sizesClaim(writeOneWithProtobufEs(), random);
    const early = createCodec(EARLY_ORDER);
    const unknown = await unknownFieldsClaim(draw(EARLY_ORDER, "adding unknown fields"), early, random);
    const groups = await groupsClaim(
      { plain: draw(ORDER, "reading four wire types"), delimited: draw(ORDER_WITH_GROUP, "reading groups") },
      { withGroup: createCodec(ORDER_WITH_GROUP), withoutGroup: order },
    );
    const schemaless = await schemalessClaim(
      draw(ORDER_WITH_GROUP, "reading without a schema"),
      createCodec(ORDER_WITH_GROUP).write,
    );

    return {
      measurements: {
        encoding: encoding.measured,
        renaming: renaming.measured,
        sizes: sizes.measured.sizes,
        unknownFields: unknown.measured,
        groups: groups.measured,
        schemaless: schemaless.measured,
        example: Buffer.from(exampleBytes(parameters.type, parameters.value)).toString("hex"),
      },
      verdicts: {
        "15.1": encoding.verdict,
        "15.2": renaming.verdict,
        "15.3": sizes.verdict,
        "15.4": unknown.verdict,
        "15.5": groups.verdict,
        "15.6": schemaless.verdict,
      },
      checks: [renaming.check],
    };
  },

  draw: ({ parameters: { type, showSchema }, measurements: { example, sizes } }) =>
    drawPicture({ bytes: Buffer.from(example, "hex"), type, showSchema, sizes }),
});
