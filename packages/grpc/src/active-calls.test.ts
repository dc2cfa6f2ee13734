import { expect, test } from "vitest";
import { ActiveCalls } from "./active-calls.ts";

test("ActiveCalls lists what was added and not yet deleted, in whatever order they end", () => {
  const active = new ActiveCalls<{ name: string; place: number }>();
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => ({ name, place: 0 })) as [never, never, never, never];
  for (const call of [a, b, c]) active.add(call);
  const names = () => active.list().map(({ name }) => name);

  active.delete(a);
  expect(names().sort()).toEqual(["b", "c"]);
  active.add(d);
  active.delete(c);
  expect(names().sort()).toEqual(["b", "d"]);
  active.delete(d);
  active.delete(b);
  expect(names()).toEqual([]);
});
