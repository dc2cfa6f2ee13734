import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { createRandom } from "../framework/random.ts";
import { exampleBytes } from "./example.ts";
import { drawPicture } from "./picture.ts";
import { SIZED_TYPES, type SizedType, sizesClaim, writeOneWithProtobufEs } from "./sizes-claim.ts";

const { sizes } = sizesClaim(writeOneWithProtobufEs(), createRandom(1)).measured;

function draw(type: SizedType, value: number, showSchema = true): string[] {
  const picture = drawPicture({ bytes: exampleBytes(type, value), type, showSchema, sizes });
  return stripVTControlCharacters(picture).split("\n");
}

test("drawPicture + sets keys, lengths, continued varints and values apart without colour", () => {
  const lines = draw("int32", 300);
  expect(lines).toContain(" 0  [08] AC›02                            quantity  int32   300");
  expect(lines).toContain(' 3  [12] (09) 53 4B 55 2D 30 30 30 34 32  sku       string  "SKU-00042"');
  expect(lines).toContain("19  [33] [08] 07 [34]                     parcel    Parcel  { shelf: 7 }");
  expect(lines).toContain("23  [80›01] 01                            express   bool    true");
  expect(lines).toContain("  AC  1 0101100    the lowest seven bits; 1: another byte follows");
  expect(lines).toContain("                   = 300 as int64, 150 as sint64");
});

test("drawPicture + shows every reading instead of names when the schema is off", () => {
  const text = draw("int32", -1, false).join("\n");
  expect(text).not.toContain("quantity");
  expect(text).toContain("int64 -1");
  expect(text).toContain("sint64 -9223372036854775808");
  expect(text).toContain('string "SKU-00042"');
});

test("drawPicture + shows the value of its type: ZigZag, or four bytes low first", () => {
  expect(draw("sint32", -1)).toContain(" 0  [08] 01                               quantity  sint32  -1");
  expect(draw("fixed32", -1)).toContain(" 0  [0D] FF FF FF FF                      quantity  fixed32  4294967295");
  expect(draw("fixed32", 1)).toContain("  01  00000001     bits 0 to 7");
});

test("drawPicture + fits into 80 columns whatever is shown", () => {
  for (const type of SIZED_TYPES) {
    for (const value of [0, 300, -1, 2 ** 31 - 1, -(2 ** 31)]) {
      for (const showSchema of [true, false]) {
        const widest = Math.max(...draw(type, value, showSchema).map((line) => line.length));
        expect(widest, `${type} ${value}`).toBeLessThanOrEqual(80);
      }
    }
  }
});
