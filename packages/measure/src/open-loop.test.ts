import { expect, test } from "vitest";
import { createFakeClock, type FakeClock } from "../tests/fake-clock.ts";
import { poissonArrivals } from "./arrivals.ts";
import { runOpenLoop } from "./open-loop.ts";
import { isTrustworthy } from "./open-loop-result.ts";
import type { Target } from "./target.ts";

/** A target whose n-th call takes the given time in ms of the clock. */
function targetTaking(clock: FakeClock, durationMs: (index: number) => number): Target & { starts: number[] } {
  const starts: number[] = [];
  return {
    starts,
    call: () =>
      new Promise((resolve) => {
        clock.after(durationMs(starts.push(clock.now()) - 1), resolve);
      }),
  };
}

test("runOpenLoop starts calls on schedule without waiting for replies", async () => {
  const clock = createFakeClock();
  const target = targetTaking(clock, () => 1000);
  const result = await clock.drive(runOpenLoop({ target, ratePerSecond: 100, calls: 5, clock }));
  expect(target.starts).toEqual([0, 10, 20, 30, 40]);
  expect(result).toMatchObject({ calls: 5, errors: 0, dropped: 0, errorSamples: [], startedAt: 0, endedAt: 1040 });
  expect(result.latency.quantileMs(0.5)).toBeCloseTo(1000, -1);
});

test("runOpenLoop ends its schedule after durationMs", async () => {
  const clock = createFakeClock();
  const target = targetTaking(clock, () => 1);
  const result = await clock.drive(runOpenLoop({ target, ratePerSecond: 1000, durationMs: 25, clock }));
  expect(result.calls).toBe(25);
});

test("runOpenLoop follows the arrivals given", async () => {
  const clock = createFakeClock();
  const target = targetTaking(clock, () => 1);
  const arrivals = (rate: number) => poissonArrivals(rate, () => 1 - Math.exp(-2));
  await clock.drive(runOpenLoop({ target, ratePerSecond: 100, calls: 3, arrivals, clock }));
  expect(target.starts.map(Math.round)).toEqual([20, 40, 60]);
});

test("runOpenLoop counts latency from the intended start when the generator is late, and reports its lag", async () => {
  const clock = createFakeClock();
  const late = { ...clock, waitUntil: (atMs: number, signal: AbortSignal) => clock.waitUntil(atMs + 30, signal) };
  const result = await clock.drive(
    runOpenLoop({ target: targetTaking(clock, () => 5), ratePerSecond: 10, calls: 20, clock: late }),
  );
  expect(result.sendLag.quantileMs(0.5)).toBeCloseTo(30, 1);
  expect(result.latency.quantileMs(0.5)).toBeCloseTo(35, 1);
  expect(isTrustworthy(result)).toBe(false);
});

test("isTrustworthy holds for a punctual run and not for one without calls", async () => {
  const clock = createFakeClock();
  const target = targetTaking(clock, () => 5);
  expect(isTrustworthy(await clock.drive(runOpenLoop({ target, ratePerSecond: 10, calls: 20, clock })))).toBe(true);
  expect(isTrustworthy(await clock.drive(runOpenLoop({ target, ratePerSecond: 10, calls: 0, clock })))).toBe(false);
});

test("runOpenLoop leaves warm-up calls out of the result and awaits them first", async () => {
  const clock = createFakeClock();
  const target = targetTaking(clock, (index) => (index < 3 ? 500 : 2));
  const result = await clock.drive(runOpenLoop({ target, ratePerSecond: 100, calls: 4, warmupCalls: 3, clock }));
  expect(target.starts).toEqual([0, 10, 20, 520, 530, 540, 550]);
  expect(result.calls).toBe(4);
  expect(result.latency.maxMs).toBeLessThan(3);
});

test("runOpenLoop drops and counts calls over maxInFlight instead of delaying them", async () => {
  const clock = createFakeClock();
  const target = targetTaking(clock, (index) => (index === 0 ? 35 : 1));
  const result = await clock.drive(runOpenLoop({ target, ratePerSecond: 100, calls: 6, maxInFlight: 1, clock }));
  expect(target.starts).toEqual([0, 40, 50]);
  expect(result).toMatchObject({ calls: 6, errors: 3, dropped: 3 });
  expect(result.errorSamples).toEqual([{ message: "dropped: maxInFlight calls were under way", count: 3 }]);
  expect(result.latency.count).toBe(3);
});

test("runOpenLoop ends a call at its timeout even when the target ignores the signal", async () => {
  const clock = createFakeClock();
  const signals: AbortSignal[] = [];
  const target: Target = {
    call(signal) {
      signals.push(signal);
      return new Promise(() => undefined);
    },
  };
  const result = await clock.drive(runOpenLoop({ target, ratePerSecond: 100, calls: 2, timeoutMs: 50, clock }));
  expect(result).toMatchObject({ calls: 2, errors: 2, endedAt: 60 });
  expect(result.errorSamples).toEqual([{ message: "no reply within 50 ms", count: 2 }]);
  expect(signals.every(({ aborted }) => aborted)).toBe(true);
});

test("runOpenLoop keeps maxErrorSamples different messages and counts every error", async () => {
  const clock = createFakeClock();
  let calls = 0;
  const target: Target = {
    call() {
      calls += 1;
      throw new Error(`failure ${calls % 3}`);
    },
  };
  const result = await clock.drive(runOpenLoop({ target, ratePerSecond: 100, calls: 9, maxErrorSamples: 2, clock }));
  expect(result.errors).toBe(9);
  expect(result.errorSamples).toEqual([
    { message: "failure 1", count: 3 },
    { message: "failure 2", count: 3 },
  ]);
});

test("runOpenLoop rejects with the reason of its signal and aborts the calls under way", async () => {
  const clock = createFakeClock();
  const controller = new AbortController();
  const reasons: unknown[] = [];
  const target: Target = {
    call: (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(reasons.push(signal.reason)));
      }),
  };
  clock.after(25, () => controller.abort("enough"));
  const run = runOpenLoop({ target, ratePerSecond: 100, calls: 1000, signal: controller.signal, clock });
  await expect(clock.drive(run)).rejects.toBe("enough");
  expect(reasons).toEqual(["enough", "enough", "enough"]);
});

const target: Target = { call: async () => undefined };

test.each([
  [{ target, ratePerSecond: 1 }, /exactly one of calls and durationMs/],
  [{ target, ratePerSecond: 1, calls: 1, durationMs: 1 }, /exactly one of calls and durationMs/],
  [{ target, ratePerSecond: 0, calls: 1 }, /ratePerSecond/],
  [{ target, ratePerSecond: 1, calls: 1.5 }, /calls/],
  [{ target, ratePerSecond: 1, durationMs: 0 }, /durationMs/],
  [{ target, ratePerSecond: 1, calls: 1, warmupCalls: -1 }, /warmupCalls/],
  [{ target, ratePerSecond: 1, calls: 1, maxInFlight: 0 }, /maxInFlight/],
  [{ target, ratePerSecond: 1, calls: 1, timeoutMs: Number.NaN }, /timeoutMs/],
  [{ target, ratePerSecond: 1, calls: 1, maxErrorSamples: -1 }, /maxErrorSamples/],
])("runOpenLoop refuses options out of range: %o", async (options, message) => {
  await expect(runOpenLoop(options)).rejects.toThrow(message);
});
