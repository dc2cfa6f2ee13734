import type { CallRecord } from "@polywire/rpc";
import { pino } from "pino";
import { expect, test } from "vitest";
import { callLog } from "./logger.ts";

test.each([
  ["INTERNAL", 50, "it broke"],
  ["UNAVAILABLE", 40, "it broke"],
  ["NOT_FOUND", 30, undefined],
  ["OK", 30, undefined],
] as const)("callLog writes a call that ended %s at level %d with the cause %s", (code, level, message) => {
  const lines: string[] = [];
  const record: CallRecord = { method: "a/B", code, durationMs: 1, requestId: "r", cause: new Error("it broke") };
  callLog(pino({ base: null }, { write: (line) => void lines.push(line) }))(record);
  const [line] = lines.map((text) => JSON.parse(text));
  expect(line).toMatchObject({ level, msg: "call", method: "a/B", code, requestId: "r" });
  expect(line.err?.message).toBe(message);
});
