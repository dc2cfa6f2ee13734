import { expect, test } from "vitest";
import { parsePssBytes } from "./memory.ts";
import { parseProcessStat } from "./proc.ts";

test("parseProcessStat reads the fields after a command with spaces and parentheses", () => {
  const line = "4021 (tmux: (server) 1) S 17 4021 4021 0 -1 4194368 2190 88 0 0 12 34 5 6 20 0 1 0 8812 23 4 5 6";
  expect(parseProcessStat(line)).toEqual({
    pid: 4021,
    command: "tmux: (server) 1",
    state: "S",
    parent: 17,
    ownTicks: 46,
    reapedTicks: 11,
  });
});

test("parsePssBytes takes the proportional size, not its parts, and knows when there is none", () => {
  expect(parsePssBytes("5581 ---p 00000000 00:00 0 [rollup]\nRss:   884 kB\nPss:   385 kB\nPss_Dirty: 68 kB\n")).toBe(
    394_240,
  );
  expect(parsePssBytes("")).toBeNull();
  expect(parsePssBytes(null)).toBeNull();
});
