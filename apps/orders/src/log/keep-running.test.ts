import { type Logger, pino } from "pino";
import { expect, test } from "vitest";
import { keepRunning } from "./keep-running.ts";

const logger: Logger = pino({ level: "silent" });

test("keepRunning starts work again after each failure, and ends at the abort", async () => {
  const stop = new AbortController();
  let runs = 0;
  await keepRunning({ what: "work", logger, signal: stop.signal, random: () => 0 }, async () => {
    runs += 1;
    if (runs === 5) stop.abort();
    throw new Error("broken");
  });
  expect(runs).toBe(5);
});

test("keepRunning doubles its pauses up to the bound, and begins anew after healthy work", async () => {
  const stop = new AbortController();
  const pauses: number[] = [];
  const recording = { warn: ({ pauseMs }: { pauseMs: number }) => pauses.push(pauseMs) } as unknown as Logger;
  let runs = 0;
  const random = () => 0.01;
  await keepRunning(
    { what: "work", logger: recording, signal: stop.signal, random, maxPauseMs: 400 },
    async (_, healthy) => {
      runs += 1;
      if (runs === 5) healthy();
      if (runs === 6) stop.abort();
      throw new Error("broken");
    },
  );
  expect(pauses).toEqual([1, 2, 4, 4, 1]);
});
