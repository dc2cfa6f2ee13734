import { defineExperiment } from "../framework/experiment.ts";
import { parameter } from "../framework/parameters.ts";
import { type Buf, createBuf, RULES } from "./buf.ts";
import { type Broken, brokenByEdit, cellsOf, recallOf } from "./cells.ts";
import { EDITS, editOf } from "./edits.ts";
import { addingClaim, enumClaim, reuseClaim, typeClaim } from "./matrix-claims.ts";
import { drawPicture } from "./picture.ts";
import { presenceClaim } from "./presence-claim.ts";
import { createReaders } from "./readers.ts";
import { readEverything } from "./readings.ts";
import { reservedClaim } from "./reserved-claim.ts";
import { buildSchemas, orderOf, type Schemas } from "./schemas.ts";

/** What a change of a schema does to those who have the other version. */
export const experiment = defineExperiment({
  id: "16-protobuf-schema-evolution",
  question: 16,
  title: "Protobuf's schema evolution: which edits the other version survives",
  needs: [],
  parameters: {
    edit: parameter.choice({
      description: "the edit whose messages are shown in full",
      default: "reuse-string-bytes",
      of: EDITS.map(({ name }) => name),
    }),
    rules: parameter.choice({
      description: "the rules of buf breaking in the last column",
      default: "WIRE_JSON",
      of: RULES,
    }),
    messages: parameter.whole({
      description: "messages for each edit and direction",
      default: { small: 6, full: 100 },
      min: 2,
      max: 5_000,
    }),
  },
  claims: [
    {
      id: "16.1",
      text: "Adding a field with a new number works in both directions: the old reader skips it, the new one sees its default.",
      // ProtoJSON refuses names that it does not know, unless it is told to ignore them.
      expected: "depends",
    },
    { id: "16.2", text: "Reusing a field number decodes garbage silently.", expected: "depends" },
    { id: "16.3", text: "Changing the type or the cardinality of a field is never safe.", expected: "depends" },
    { id: "16.4", text: "A new enum value is safe.", expected: "depends" },
    {
      id: "16.5",
      text: "optional tells unset from zero, which a partial update needs.",
      expected: "holds",
    },
    {
      id: "16.6",
      text: "reserved (number and name) makes reuse a build error; without it nothing warns.",
      expected: "holds",
    },
  ],

  async run({ parameters: { messages }, random, progress, signal }) {
    await using buf = await createBuf(signal);
    await progress("compiling every edit");
    const schemas = await buildSchemas(buf);
    const { readings, check } = await readEverything({
      schemas,
      readers: createReaders(buf),
      messages,
      random,
      progress,
    });
    await progress("asking buf breaking");
    const broken = await breakEverything(buf, schemas);
    const presence = presenceClaim(
      {
        implicit: orderOf(editOf("add-presence"), schemas.before),
        optional: orderOf(editOf("add-presence"), schemas.after),
      },
      { count: messages * EDITS.length, random },
    );
    await progress("reusing what is reserved");
    const reserved = await reservedClaim(buf);

    return {
      measurements: {
        cells: cellsOf(readings),
        broken,
        recall: recallOf(readings, broken),
        presence: presence.measured,
        reserved: reserved.measured,
      },
      verdicts: {
        "16.1": addingClaim(readings),
        "16.2": reuseClaim(readings),
        "16.3": typeClaim(readings),
        "16.4": enumClaim(readings),
        "16.5": presence.verdict,
        "16.6": reserved.verdict,
      },
      checks: [check],
    };
  },

  draw: ({ parameters: { edit, rules }, measurements: { cells, broken, recall } }) =>
    drawPicture({ cells, broken, recall, rules, edit }),
});

async function breakEverything(buf: Buf, { before, after }: Schemas): Promise<Broken> {
  const [wire, wireJson, file] = await Promise.all(
    RULES.map(async (rules) => brokenByEdit(await buf.breaking(before, after, rules))),
  );
  return { WIRE: wire ?? {}, WIRE_JSON: wireJson ?? {}, FILE: file ?? {} };
}
