import { Code, ConnectError } from "@connectrpc/connect";
import { badRequest, codeName, errorDetails, REASONS, type Reason, rpcError } from "@polywire/rpc";
import { expect, test } from "vitest";
import { fromWire, toWire } from "./errors.ts";

test("fromWire undoes toWire for every code", () => {
  for (const code of Object.values(Code).filter((value): value is Code => typeof value === "number")) {
    const frame = toWire(new ConnectError("why", code), "r1");
    expect(frame.code).toBe(codeName(code));
    expect(fromWire(frame)).toMatchObject({ code, rawMessage: "why" });
  }
});

test("fromWire undoes toWire for every reason, with its advice", () => {
  for (const reason of Object.keys(REASONS) as Reason[]) {
    const error = fromWire(toWire(rpcError(reason, "why", { retryAfterMs: 1234 }), "r1"));
    expect(error.code).toBe(REASONS[reason].code);
    expect(errorDetails(error)).toMatchObject({ reason, retryAfterMs: 1234, requestId: "r1" });
  }
});

test("fromWire undoes toWire for the fields at fault", () => {
  const fieldViolations = [{ field: "lines[0].quantity", rule: "int32.gte", description: "at least 1" }];
  expect(errorDetails(fromWire(toWire(badRequest(fieldViolations), "r1"))).fieldViolations).toEqual(fieldViolations);
});

test("fromWire takes a code of a later version as UNKNOWN", () => {
  expect(fromWire({ ...toWire(rpcError("INTERNAL", "x"), "r1"), code: "TEAPOT" }).code).toBe(Code.Unknown);
});
