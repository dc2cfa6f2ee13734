import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { ALL_CODES } from "./codes.ts";
import { drawPicture } from "./picture.ts";

test("drawPicture + shows each code's effects and what arrives of details, in 80 columns", () => {
  const picture = drawPicture({
    outward: ALL_CODES.map((code) => ({
      code,
      grpcJs: code,
      connect: code,
      connectHttp: code === 14 ? 503 : 500,
      rest: code === 14 ? 503 : 499,
      native: 200,
    })),
    inward: [{ status: 503, code: 14 }],
    attempts: ALL_CODES.map((code) => (code === 14 ? 3 : 1)),
    retry: "unavailable",
    ejections: [{ code: 14, ejected: true, calls: 5 }],
    grown: [
      { kilobytes: 100, via: "direct", sentBytes: 100_000, code: 13, arrivedBytes: 0 },
      { kilobytes: 100, via: "capped", sentBytes: 100_000, code: 9, arrivedBytes: 81 },
    ],
  });
  const lines = stripVTControlCharacters(picture).split("\n");
  expect(lines).toContain("UNAVAILABLE          14      503   503  UNAVAILABLE   3 attempts  ejects");
  expect(lines).toContain("NOT_FOUND             5      500   499");
  expect(lines).toContain("direct                  INTERNAL");
  expect(lines).toContain("by a server with a cap        81");
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
});
