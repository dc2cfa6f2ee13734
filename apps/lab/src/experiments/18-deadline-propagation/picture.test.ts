import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { drawPicture } from "./picture.ts";
import type { CallSeen } from "./watch-call.ts";

const call: CallSeen = {
  ...{ budgetMs: 300, code: "DEADLINE_EXCEEDED", endedMs: 301, goneMs: 300, reached: true },
  hops: [
    { hop: "gateway", toldMs: 300, startedMs: 1, endedMs: 299, code: null },
    { hop: "inventory", toldMs: 5_000, startedMs: 20, endedMs: 600, code: null },
    { hop: "SQL", toldMs: null, startedMs: 150, endedMs: null, code: null },
  ],
  late: { services: ["inventory"], statements: 1 },
  cancelled: 0,
  effects: 1,
};

test("drawPicture + shows what was told, and what goes on after the caller has gone, in 80 columns without colour", () => {
  const lines = stripVTControlCharacters(drawPicture([{ title: "A call", seen: call }])).split("\n");
  expect(lines).toContain("gateway        300  █████████████████████│······················      299");
  expect(lines).toContain("inventory    5,000  ·████████████████████│▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒      600");
  expect(lines).toContain("SQL              –  ··········███████████│▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒  goes on");
  expect(lines.join(" ")).toContain("at work after it: inventory, SQL");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});
