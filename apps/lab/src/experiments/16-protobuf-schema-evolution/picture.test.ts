import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { createRandom } from "../framework/random.ts";
import { createBuf, RULES } from "./buf.ts";
import { type Broken, brokenByEdit, cellsOf, recallOf } from "./cells.ts";
import { EDITS } from "./edits.ts";
import { drawPicture } from "./picture.ts";
import { createReaders } from "./readers.ts";
import { readEverything } from "./readings.ts";
import { buildSchemas } from "./schemas.ts";

test("drawPicture + shows every edit with marks and buf's word, in 80 columns whatever is shown", async () => {
  await using buf = await createBuf(AbortSignal.timeout(60_000));
  const schemas = await buildSchemas(buf);
  const random = createRandom(4);
  const { readings } = await readEverything({
    ...{ schemas, readers: createReaders(buf), messages: 4, random },
    progress: async () => undefined,
  });
  const named = await Promise.all(
    RULES.map(async (rules) => [rules, brokenByEdit(await buf.breaking(schemas.before, schemas.after, rules))]),
  );
  const broken = Object.fromEntries(named) as Broken;
  const picture = { cells: cellsOf(readings), broken, recall: recallOf(readings, broken) };

  const draw = (rules: (typeof RULES)[number], edit: string) =>
    stripVTControlCharacters(drawPicture({ ...picture, rules, edit })).split("\n");
  const lines = draw("WIRE_JSON", "int32-list");
  expect(lines).toContain("add-string          · =  · =  · x   · =      nothing");
  expect(lines).toContain("reuse-string-bytes  ! !  ! !  x x   · ·      SAME_JSON_NAME +2");
  expect(lines).toContain("int32-list          = x  = -  x x   x x      WIRE_JSON_COMPATIBLE_CARDINALITY");
  expect(lines).toContain("after → before, protobuf-go: lost");
  for (const rules of RULES) {
    for (const { name } of EDITS) {
      expect(Math.max(...draw(rules, name).map((line) => line.length)), `${rules} ${name}`).toBeLessThanOrEqual(80);
    }
  }
}, 60_000);
