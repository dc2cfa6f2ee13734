import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { codeFromName, codeName } from "./codes.ts";

const CODES = Object.values(Code).filter((value) => typeof value === "number");

test("codeName and codeFromName are inverse for each of the 16 codes", () => {
  expect(CODES).toHaveLength(16);
  expect(CODES.map((code) => codeFromName(codeName(code)))).toEqual(CODES);
});

test("codeFromName knows no other name", () => {
  expect(codeFromName("OK")).toBeUndefined();
  expect(codeFromName("toString")).toBeUndefined();
});
