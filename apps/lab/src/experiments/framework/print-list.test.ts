import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { discoverExperiments } from "./discover.ts";
import { printList } from "./print-list.ts";

test("printList + shows every experiment by its number and whole title, in 80 columns", async () => {
  const experiments = await discoverExperiments();
  const list = stripVTControlCharacters(printList(experiments));
  for (const { id, title } of experiments) {
    expect(list).toMatch(new RegExp(`^${id.slice(0, 2)} `, "m"));
    expect(list.replaceAll(/\s+/g, " ")).toContain(title);
  }
  expect(Math.max(...list.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
});
