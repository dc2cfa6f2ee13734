import { expect, test } from "vitest";
import { byConditions, type Control, depends, holdsIf, when } from "./verdicts.ts";

const control: Control = { name: "wrong way", bit: true, because: "it failed" };
const binary = when("binary", true, "0 bytes differ");
const json = when("JSON", false, "1000 refused");

test("depends + takes a measured condition on each side, and nothing less", () => {
  expect(depends([binary, json])).toMatchObject({
    verdict: "depends",
    because: "binary: holds, 0 bytes differ; JSON: refuted, 1000 refused",
  });
  expect(() => depends([binary, binary])).toThrow(/each side/);
  expect(() => depends([])).toThrow(/each side/);
});

test("byConditions + follows the conditions: all agree, or they split", () => {
  expect(byConditions([binary], [control]).verdict).toBe("holds");
  expect(byConditions([json, json], [control]).verdict).toBe("refuted");
  expect(byConditions([json, binary], [control]).verdict).toBe("depends");
});

test("holdsIf + says holds or refuted with the same reason", () => {
  expect(holdsIf(true, "3 of 3", [control])).toMatchObject({ verdict: "holds", because: "3 of 3" });
  expect(holdsIf(false, "2 of 3", [control])).toMatchObject({ verdict: "refuted", because: "2 of 3" });
});
