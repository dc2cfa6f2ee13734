import { expect, test } from "vitest";
import { checkSpecs, labelOf, type ProcessSpec } from "./spec.ts";

const spec = (name: string, more: Partial<ProcessSpec> = {}): ProcessSpec => ({
  name,
  entry: "main.ts",
  ready: { url: "http://127.0.0.1:1/readyz" },
  ...more,
});

test("labelOf adds the instance where there is one", () => {
  expect(labelOf(spec("realtime", { instance: "2" }))).toBe("realtime-2");
  expect(labelOf(spec("orders"))).toBe("orders");
});

test("checkSpecs accepts instances and any order", () => {
  expect(() =>
    checkSpecs([
      spec("page", { after: ["realtime"] }),
      spec("realtime", { instance: "1" }),
      spec("realtime", { instance: "2" }),
    ]),
  ).not.toThrow();
});

test.each([
  ["two of the same label", [spec("orders"), spec("orders")], "two processes are called orders"],
  ["an unknown name in after", [spec("orders", { after: ["pricing"] })], "after pricing, which is not in the list"],
  ["a circle", [spec("a", { after: ["b"] }), spec("b", { after: ["a"] }), spec("c")], "wait for each other: a, b"],
  ["a process after itself", [spec("a", { after: ["a"] })], "wait for each other: a"],
  ["neither entry nor command", [{ name: "a", ready: { url: "" } }], "needs either an entry or a command"],
  ["both entry and command", [spec("a", { command: "b" })], "needs either an entry or a command"],
])("checkSpecs refuses %s", (_, specs, message) => {
  expect(() => checkSpecs(specs)).toThrow(message);
});
