import { expect, test } from "vitest";
import { createWakeUp } from "./wake-up.ts";

const HOUR_MS = 3_600_000;
const never = new AbortController().signal;

test("WakeUp.wait returns at once for a call that came before it, once", async () => {
  const wakeUp = createWakeUp();
  wakeUp.wake();
  wakeUp.wake();
  await wakeUp.wait(HOUR_MS, never);
  let isBack = false;
  const second = wakeUp.wait(HOUR_MS, never).then(() => {
    isBack = true;
  });
  await Promise.resolve();
  expect(isBack).toBe(false);
  wakeUp.wake();
  await second;
});

test("WakeUp.wait ends at the abort and at the timeout", async () => {
  const wakeUp = createWakeUp();
  const stop = new AbortController();
  const waiting = wakeUp.wait(HOUR_MS, stop.signal);
  stop.abort();
  await waiting;
  await wakeUp.wait(1, never);
});
