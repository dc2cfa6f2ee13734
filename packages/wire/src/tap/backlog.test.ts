import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ProxyEvent } from "../proxy/index.ts";
import { Backlog } from "./backlog.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function chunk(atMs: number, length = 100): ProxyEvent {
  return { kind: "chunk", connection: 1, atMs, direction: "up", bytes: new Uint8Array(length) };
}
const close: ProxyEvent = { kind: "close", connection: 1, atMs: 9, reason: "finished" };

function watched(): { readonly backlog: Backlog; readonly seen: number[] } {
  const seen: number[] = [];
  return { seen, backlog: new Backlog(({ atMs }) => seen.push(atMs)) };
}

test("what has gone on is looked at a millisecond later, in its order", () => {
  const { backlog, seen } = watched();
  backlog.push(chunk(1));
  vi.advanceTimersByTime(0.5);
  backlog.push(chunk(2));
  expect(seen).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(seen).toEqual([1, 2]);
  backlog.push(chunk(3));
  vi.advanceTimersByTime(1);
  expect(seen).toEqual([1, 2, 3]);
});

test("many bytes, and the end of a connection, do not wait, nor does what came before", () => {
  const { backlog, seen } = watched();
  backlog.push(chunk(1));
  backlog.push(chunk(2, 16_384));
  expect(seen).toEqual([1, 2]);
  backlog.push(chunk(3));
  backlog.push(close);
  expect(seen).toEqual([1, 2, 3, 9]);
  expect(vi.getTimerCount()).toBe(0);
});

test("who asks in the meantime has it looked at once", () => {
  const { backlog, seen } = watched();
  backlog.push(chunk(1));
  backlog.lookAtAll();
  backlog.lookAtAll();
  expect(seen).toEqual([1]);
  expect(vi.getTimerCount()).toBe(0);
});

test("who looks may ask too: each is looked at once, in its order", () => {
  const seen: number[] = [];
  const backlog = new Backlog(({ atMs }) => {
    backlog.lookAtAll();
    seen.push(atMs);
  });
  backlog.push(chunk(1));
  backlog.push(chunk(2));
  vi.advanceTimersByTime(1);
  expect(seen).toEqual([1, 2]);
});

test("an error while looking ends the looking, and is told with what comes next or with what it came of", () => {
  const look = vi.fn(() => {
    throw new Error("no");
  });
  const backlog = new Backlog(look);
  backlog.push(chunk(1));
  vi.advanceTimersByTime(1);
  expect(() => backlog.push(close)).toThrow("no");
  expect(look).toHaveBeenCalledTimes(1);
  expect(() => new Backlog(look).push(close)).toThrow("no");
});
