import { expect, test } from "vitest";
import { knownCases, parseKnownList } from "./known-cases.ts";
import { SUITE_RUNS } from "./runs.ts";

test("parseKnownList reads blocks of patterns below their reasons", () => {
  const [first, second, ...rest] = parseKnownList("# one\n# reason\nA/**/x\n\n# another\nB/*/y\nB/z\n");
  expect(rest).toEqual([]);
  expect(first?.reason).toBe("one reason");
  expect(["A/x", "A/1/2/x", "A/1/x/2", "B/x"].filter((name) => first?.includes(name))).toEqual(["A/x", "A/1/2/x"]);
  expect(["B/1/y", "B/y", "B/1/2/y", "B/z"].filter((name) => second?.includes(name))).toEqual(["B/1/y", "B/z"]);
});

test("parseKnownList takes every character of a name but the asterisk for itself", () => {
  const [known] = parseKnownList("# reason\n**/(grpc server impl)/a.b");
  expect(known?.includes("S/(grpc server impl)/a.b")).toBe(true);
  expect(known?.includes("S/(grpc server impl)/a-b")).toBe(false);
});

test("parseKnownList refuses patterns without a reason", () => {
  expect(() => parseKnownList("# one\nA/x\n\nB/y\n")).toThrow("no reason is given for B/y");
});

test("knownCases reads every list there is", () => {
  expect(SUITE_RUNS.flatMap(({ name }) => knownCases(name)).length).toBeGreaterThan(0);
});
