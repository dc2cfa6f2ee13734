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
afterEach(async () => {
  // Who still polls falls asleep.
  nowMs += 1000;
  await nextTurn();
  vi.unstubAllGlobals();
});

/** Turns of the loop that were asked for while time went on by `stepMs` with each. */
async function turnsOf(stepMs: number): Promise<number> {
  for (let turn = 0; turn < 20; turn += 1) {
    await nextTurn();
    nowMs += stepMs;
  }
  return turns;
}

const PART = 65_536;
const WINDOW_UPDATE = 13;

test("the loop stays awake behind a dense stream, for 50 µs", async () => {
  const passed = createBusyPoll(clock, 2);
  passed(PART);
  nowMs += 0.1;
  passed(PART);
  const asked = await turnsOf(0.01);
  expect(asked).toBeGreaterThanOrEqual(5);
  expect(asked).toBeLessThanOrEqual(7);
});

test("each part begins the time anew", async () => {
  const passed = createBusyPoll(clock, 2);
  for (let part = 0; part < 10; part += 1) {
    passed(PART);
    await nextTurn();
    nowMs += 0.04;
  }
  expect(turns).toBeGreaterThan(8);
});

test("the leave to send on keeps it awake too", async () => {
  const passed = createBusyPoll(clock, 2);
  passed(PART);
  for (let chunk = 0; chunk < 4; chunk += 1) {
    nowMs += 0.04;
    passed(WINDOW_UPDATE);
    await nextTurn();
  }
  expect(turns).toBeGreaterThanOrEqual(4);
});

test("calls and their answers let it sleep, however close", async () => {
  const passed = createBusyPoll(clock, 2);
  for (let chunk = 0; chunk < 10; chunk += 1) {
    passed(1000);
    nowMs += 0.01;
  }
  expect(await turnsOf(0.01)).toBe(0);
});

test("a sparse stream lets it sleep", async () => {
  const passed = createBusyPoll(clock, 2);
  for (let chunk = 0; chunk < 10; chunk += 1) {
    passed(PART);
    nowMs += 0.3;
  }
  expect(await turnsOf(0.01)).toBe(0);
});

test("with one CPU it sleeps in any case", async () => {
  const passed = createBusyPoll(clock, 1);
  passed(PART);
  passed(PART);
  expect(await turnsOf(0.01)).toBe(0);
});
