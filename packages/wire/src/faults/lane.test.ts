import { expect, test } from "vitest";
import { Striker } from "./active-fault.ts";
import { createBrake } from "./brake.ts";
import type { Fault } from "./fault.ts";
import { Lane } from "./lane.ts";

/** A lane under a clock that the test moves; `log` has what went on, and when. */
function lane(options: { readonly maxHeldBytes?: number; readonly slow?: boolean } = {}) {
  let now = 0;
  let wakeAt = Number.POSITIVE_INFINITY;
  const log: string[] = [];
  const made = new Lane({
    maxHeldBytes: options.maxHeldBytes ?? 1000,
    now: () => now,
    write(bytes) {
      log.push(`${now}:${Buffer.from(bytes)}`);
      return options.slow !== true;
    },
    end: () => void log.push(`${now}:end`),
    wake(ms) {
      wakeAt = ms === undefined ? Number.POSITIVE_INFINITY : now + ms;
    },
  });
  return {
    lane: made,
    log,
    push: (text: string) => made.push(Buffer.from(text)),
    set(fault: Fault, random: () => number = () => 0.5) {
      const striker = new Striker({ id: 1, fault, random, maxEvents: 10, lift: () => undefined });
      const cut = (): void => void log.push(`${now}:cut`);
      const brake = createBrake(striker, { connection: 1, direction: "up", start: made.passedBytes, cut });
      if (brake !== undefined) made.add(brake);
      return striker;
    },
    runTo(ms: number) {
      while (wakeAt <= ms) {
        now = wakeAt;
        made.pump();
      }
      now = ms;
    },
  };
}

test("Lane latency delays each piece by what was drawn when it came, and none overtakes", () => {
  const { push, set, log, runTo } = lane();
  push("a");
  const draws = [1, 0, 0.5];
  set({ kind: "latency", ms: 20, jitterMs: 10 }, () => draws.shift() ?? 0);
  push("b");
  runTo(5);
  push("c");
  runTo(8);
  push("d");
  runTo(100);
  expect(log).toEqual(["0:a", "30:b", "30:c", "30:d"]);
});

test("Lane bandwidth lets steps of 10 ms go on at the rate", () => {
  const { push, set, log, runTo } = lane();
  set({ kind: "bandwidth", bytesPerSecond: 200 });
  push("abcde");
  runTo(100);
  expect(log).toEqual(["0:ab", "10:cd", "20:e"]);
});

test("Lane slice and latency work together", () => {
  const { push, set, log, runTo } = lane();
  set({ kind: "slice", bytes: 2, gapMs: 5 });
  set({ kind: "latency", ms: 7 });
  push("abc");
  runTo(100);
  expect(log).toEqual(["7:ab", "12:c"]);
});

test("Lane withholds from a byte on, counted from where the fault was set, until it is lifted, the end too", () => {
  const { lane: made, push, set, log, runTo } = lane();
  push("0123");
  const striker = set({ kind: "withhold", from: 2 });
  push("4");
  push("567");
  made.end();
  runTo(50);
  expect(log).toEqual(["0:0123", "0:4", "0:5"]);
  expect(striker.counts).toEqual({ strikes: 1, bytes: 2 });
  made.remove(striker);
  expect(log.slice(3)).toEqual(["50:67", "50:end"]);
});

test("Lane freeze stops reading and holds even the end", () => {
  const { lane: made, push, set, log } = lane();
  const striker = set({ kind: "freeze" });
  expect(made.isOpen).toBe(false);
  push("a");
  made.end();
  expect(log).toEqual([]);
  made.remove(striker);
  expect({ log, open: made.isOpen }).toEqual({ log: ["0:a", "0:end"], open: true });
});

test("Lane freeze holds an end that nothing stands before", () => {
  const { lane: made, set, log } = lane();
  const striker = set({ kind: "freeze" });
  made.end();
  expect(log).toEqual([]);
  made.remove(striker);
  expect(log).toEqual(["0:end"]);
});

test("Lane cut lets exactly so many bytes go on", () => {
  const { push, set, log } = lane();
  set({ kind: "cut", afterBytes: 3 });
  push("ab");
  push("cd");
  expect(log).toEqual(["0:ab", "0:c", "0:cut"]);
});

test("Lane asks for no more bytes once it holds maxHeldBytes, or its receiver is slow", () => {
  const held = lane({ maxHeldBytes: 4 });
  held.set({ kind: "latency", ms: 5 });
  held.push("abc");
  expect(held.lane.isOpen).toBe(true);
  held.push("d");
  expect(held.lane.isOpen).toBe(false);
  held.runTo(5);
  expect(held.lane.isOpen).toBe(true);

  const slow = lane({ slow: true });
  slow.push("a");
  expect(slow.lane.isOpen).toBe(false);
  slow.lane.drained();
  expect(slow.lane.isOpen).toBe(true);
});
