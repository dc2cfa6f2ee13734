import { expect, test } from "vitest";
import { createTurns } from "./turns.ts";

test("createTurns lets no more through than its limit, in the order they came", async () => {
  const turns = createTurns(2);
  const through: number[] = [];
  const all = [1, 2, 3, 4].map((name) => turns.take().then(() => through.push(name)));
  await Promise.all(all.slice(0, 2));
  expect(through).toEqual([1, 2]);
  turns.give();
  await all[2];
  expect(through).toEqual([1, 2, 3]);
  turns.give();
  await all[3];
  expect(through).toEqual([1, 2, 3, 4]);
});

test("createTurns takes a turn back that nobody waits for", async () => {
  const turns = createTurns(1);
  await turns.take();
  turns.give();
  await turns.take();
  let third = false;
  void turns.take().then(() => {
    third = true;
  });
  await Promise.resolve();
  expect(third).toBe(false);
});
