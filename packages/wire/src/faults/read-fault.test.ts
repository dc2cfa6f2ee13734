import { expect, test } from "vitest";
import { FAULT_KINDS, readFault } from "./read-fault.ts";

test("readFault reads numbers, choices and text as the fault has them", () => {
  expect(readFault("latency", { ms: "20", jitterMs: 5, direction: "both" })).toEqual({
    kind: "latency",
    ms: 20,
    jitterMs: 5,
    direction: "both",
  });
  const reset = { path: "7", errorCode: "CANCEL", at: "reply", times: "2", probability: "0.5" };
  expect(readFault("rst-stream", reset)).toEqual({ kind: "rst-stream", ...reset, times: 2, probability: 0.5 });
});

test.each([
  ["lag", {}, /lag is no fault: choose one of latency, .*swallow-pongs/],
  ["toString", {}, /is no fault/],
  ["latency", {}, /latency needs ms/],
  ["latency", { ms: 1, path: "x" }, /latency has no path: it has ms, jitterMs, direction, connection/],
  ["latency", { ms: "soon" }, /ms is a number, got soon/],
  ["latency", { ms: "" }, /ms is a number/],
  ["latency", { ms: "-1" }, /ms must be a whole number from 0/],
  ["stall-stream", { direction: "both" }, /direction is one of up, down, got both/],
  ["goaway", { errorCode: "OOPS" }, /errorCode is one of NO_ERROR/],
  ["freeze", { probability: "3" }, /probability must be from 0 to 1/],
])("readFault refuses %s %j and says what would be right", (kind, settings, message) => {
  expect(() => readFault(kind, settings)).toThrow(message);
});

test("readFault knows every kind", () => {
  expect(FAULT_KINDS.length).toBe(17);
});
