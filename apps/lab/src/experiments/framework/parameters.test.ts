import { expect, test } from "vitest";
import { flagOf, parameter, withDefaults } from "./parameters.ts";

const about = { description: "a knob" };

const duration = parameter.duration({ ...about, default: 1, minMs: 1, maxMs: 90_000_000 });
const digit = parameter.whole({ ...about, default: 0, min: 0, max: 9 });

test.each([
  {
    kind: parameter.whole({ ...about, default: 1, min: -5, max: 300 }),
    good: { "-5": -5 },
    bad: ["", "1.5", "1e2", "0x10", "301", "five"],
  },
  {
    kind: parameter.decimal({ ...about, default: 0.3, min: 0, max: 1 }),
    good: { "0.25": 0.25 },
    bad: ["", "1.1", "much", "NaN"],
  },
  { kind: parameter.choice({ ...about, default: "a", of: ["a", "b"] }), good: { b: "b" }, bad: ["", "c", "A"] },
  { kind: parameter.onOff({ ...about, default: true }), good: { off: false }, bad: ["", "true", "0"] },
  { kind: duration, good: { "1.5s": 1_500, "300ms": 300, "24h": 86_400_000 }, bad: ["", "300", "0ms", "s", "26h"] },
  {
    kind: parameter.list(digit, { ...about, default: [1] }),
    good: { "0, 2,9": [0, 2, 9] },
    bad: ["", "1,", "1;2", "10"],
  },
])("parameter $kind.hint + reads what it says it takes and refuses the rest", ({ kind, good, bad }) => {
  for (const [text, value] of Object.entries(good)) expect(kind.parse(text)).toEqual(value);
  for (const text of bad) expect(() => kind.parse(text), text).toThrow(/^give /);
});

test("withDefaults + takes the default of the size, and what was given before it", () => {
  const set = {
    ops: parameter.whole({ ...about, default: { small: 200, full: 5_000 }, min: 1, max: 10_000 }),
    items: parameter.list(digit, { ...about, default: [0, 2] }),
  };
  expect(withDefaults(set, {}, "small")).toEqual({ ops: 200, items: [0, 2] });
  expect(withDefaults(set, { ops: 7 }, "full")).toEqual({ ops: 7, items: [0, 2] });
});

test("flagOf + is the name in kebab case", () => {
  expect(flagOf("showSchema")).toBe("show-schema");
  expect(flagOf("ops")).toBe("ops");
});
