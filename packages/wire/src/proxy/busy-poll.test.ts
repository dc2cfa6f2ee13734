import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createBusyPoll } from "./busy-poll.ts";

let nowMs = 0;
const clock = () => nowMs;
let turns: number;

beforeEach(() => {
  nowMs = 1000;
  turns = 0;
  const { setImmediate: real } = globalThis;
  vi.stubGlobal("setImmediate", (run: () => void) => {
    turns += 1;
    return real(run);
  });
});
afterEach(() => vi.unstubAllGlobals());

/** Turns of the loop that were asked for while time went on by `stepMs` with each. */
async function turnsOf(stepMs: number): Promise<number> {
  for (let turn = 0; turn < 20; turn += 1) {
    await nextTurn();
    nowMs += stepMs;
  }
  return turns;
}

test("the loop stays awake behind dense bytes, for 50 µs", async () => {
  const passed = createBusyPoll(clock, 2);
  passed();
  nowMs += 0.1;
  passed();
  const asked = await turnsOf(0.01);
  expect(asked).toBeGreaterThanOrEqual(5);
  expect(asked).toBeLessThanOrEqual(7);
});

test("each byte begins the time anew", async () => {
  const passed = createBusyPoll(clock, 2);
  for (let byte = 0; byte < 10; byte += 1) {
    passed();
    await nextTurn();
    nowMs += 0.04;
  }
  expect(turns).toBeGreaterThan(8);
});

test("sparse bytes let it sleep", async () => {
  const passed = createBusyPoll(clock, 2);
  for (let byte = 0; byte < 10; byte += 1) {
    passed();
    nowMs += 0.3;
  }
  expect(await turnsOf(0.01)).toBe(0);
});

test("with one CPU it sleeps in any case", async () => {
  const passed = createBusyPoll(clock, 1);
  passed();
  passed();
  expect(await turnsOf(0.01)).toBe(0);
});
